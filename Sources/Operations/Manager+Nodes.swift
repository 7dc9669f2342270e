package import EventLoop
package import Swarm

/// What the scheduler may do with a node.
package enum Availability: String, CaseIterable, Sendable {
  case active, pause, drain
}

extension Manager {
  /// The node that `name` means: a host's name, an id, or the unambiguous beginning of an id.
  ///
  /// - Throws: `failed` where it means none or several, with the names that there are.
  package func node(named name: String, before deadline: Instant) async throws(OperationError) -> Node {
    try Node.named(name, among: try await nodes(before: deadline))
  }

  /// Sets what the scheduler may do with a node.
  ///
  /// - Returns: false where it was so already.
  package func set(_ availability: Availability, of node: Node, before deadline: Instant) async throws(OperationError)
    -> Bool
  {
    try await update("/nodes/\(node.id)", before: deadline) { specification in
      guard specification["Availability"].text != availability.rawValue else { return false }
      specification["Availability"] = .string(availability.rawValue)
      return true
    }
  }
}

extension Node {
  /// The node that `name` means among `nodes`.
  static func named(_ name: String, among nodes: [Node]) throws(OperationError) -> Node {
    let exact = nodes.filter { $0.id == name || $0.hostname == name }
    // Of an empty name, as of a variable that is not set, every id would begin so.
    let found = exact.isEmpty && !name.isEmpty ? nodes.filter { $0.id.hasPrefix(name) } : exact
    if let node = found.first, found.count == 1 { return node }
    if found.isEmpty {
      let near = Suggestion(for: name, among: nodes.map(\.hostname)).text
      throw OperationError(.failed, "there is no node \(name)", advice: near)
    }
    let ids = found.map { String($0.id.prefix(12)) }.sorted().joined(separator: ", ")
    throw OperationError(.failed, "\(found.count) nodes are called \(name)", advice: "Name one by its id: \(ids).")
  }
}
