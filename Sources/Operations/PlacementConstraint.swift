package import Swarm

/// A rule on which nodes a service may run: `node.labels.pilito.storage == true`.
package struct PlacementConstraint: Equatable, Sendable {
  package let text: String
  let key: String
  let value: String
  let isEqual: Bool

  /// Nil for what is no constraint.
  package init?(_ text: String) {
    guard let found = text.firstRange(of: "==") ?? text.firstRange(of: "!=") else { return nil }
    self.text = text
    key = text[..<found.lowerBound].trimmed
    value = text[found.upperBound...].trimmed
    isEqual = text[found].hasPrefix("==")
  }

  /// Whether a node may run the service as far as this says; nil where that depends on what is not known of a node here.
  package func allows(_ node: Node) -> Bool? {
    let actual: String
    switch key.lowercased() {
    case "node.id": actual = node.id
    case "node.hostname": actual = node.hostname
    case "node.role": actual = node.role
    case "node.platform.os": actual = node.system
    case "node.platform.arch": actual = node.architecture
    case let key where key.hasPrefix("node.labels."):
      actual = node.labels[String(self.key.dropFirst("node.labels.".count))] ?? ""
    default: return nil
    }
    return (actual.lowercased() == value.lowercased()) == isEqual
  }
}

extension Substring {
  fileprivate var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
      return ""
    }
    return String(self[first...last])
  }
}

extension LiveService {
  package var constraints: [PlacementConstraint] {
    specification["TaskTemplate"]["Placement"]["Constraints"].elements.compactMap(\.text)
      .compactMap(PlacementConstraint.init)
  }

  /// Whether its constraints let it run on a node, where they can be judged.
  package func mayRun(on node: Node) -> Bool { constraints.allSatisfy { $0.allows(node) ?? true } }
}
