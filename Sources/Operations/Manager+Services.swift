package import EventLoop
package import Swarm

extension Manager {
  /// The service that `name` means: its name, its name without the stack's, its id, or the unambiguous beginning of an id.
  ///
  /// - Parameter stack: where to look, nil for everywhere.
  /// - Throws: `failed` where it means none or several, with the names that there are.
  package func service(
    named name: String, in stack: String? = nil, before deadline: Instant
  ) async throws(OperationError) -> Service {
    try Service.named(name, among: try await services(of: stack, before: deadline))
  }

  /// The stack that a command is about: `name`, or the only one that there is.
  ///
  /// - Parameter remains: whether what is left of a stack without services counts.
  /// - Throws: `failed` where there is no such stack, `usage` where there are several to choose from.
  package func stack(
    named name: String?, remains: Bool = false, before deadline: Instant
  ) async throws(OperationError) -> String {
    try Manager.stack(named: name, among: try await stacks(remains: remains, before: deadline))
  }

  /// The stack that `name` means among `stacks`, or the only one of them.
  ///
  /// - Throws: as `stack(named:remains:before:)`.
  package static func stack(named name: String?, among stacks: [String]) throws(OperationError) -> String {
    guard let name else {
      if let only = stacks.first, stacks.count == 1 { return only }
      guard !stacks.isEmpty else {
        throw OperationError(.failed, "there is no stack in this swarm", advice: "Deploy one: vitals deploy.")
      }
      throw OperationError(
        .usage, "there are several stacks", advice: "Name one with --stack: \(stacks.joined(separator: ", ")).")
    }
    guard stacks.contains(name) else {
      throw OperationError(
        .failed, "there is no stack \(name)",
        advice: Suggestion(for: name, among: stacks).text ?? "There is none at all: vitals deploy makes one.")
    }
    return name
  }
}

extension Service {
  /// The name without the stack's: `web` for `pilito_web`.
  package var shortName: String {
    stack.isEmpty || !name.hasPrefix("\(stack)_") ? name : String(name.dropFirst(stack.count + 1))
  }

  /// The service that `name` means among `services`.
  package static func named(_ name: String, among services: [Service]) throws(OperationError) -> Service {
    for matches in [
      services.filter { $0.name == name || $0.id == name }, services.filter { $0.shortName == name },
      name.isEmpty ? [] : services.filter { $0.id.hasPrefix(name) },
    ] where !matches.isEmpty {
      guard matches.count == 1 else {
        let names = matches.map(\.name).sorted().joined(separator: ", ")
        throw OperationError(.failed, "\(matches.count) services are called \(name)", advice: "Name one: \(names).")
      }
      return matches[0]
    }
    let stacks = Set(services.map(\.stack))
    let names = services.map { stacks.count == 1 ? $0.shortName : $0.name }
    throw OperationError(
      .failed, "there is no service \(name)",
      advice: Suggestion(for: name, among: names).text ?? "There is none at all: vitals deploy makes some.")
  }
}
