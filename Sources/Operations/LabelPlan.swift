package import Swarm

/// Which nodes get which labels.
package struct LabelPlan: Equatable, Sendable {
  package struct Entry: Equatable, Sendable {
    package var nodeID: String
    package var host: String
    package var label: StackNeeds.NodeLabel
    /// Whether the node has it already.
    package var isPresent: Bool
    package var why: String
  }

  package private(set) var entries: [Entry] = []

  /// - Parameters:
  ///   - nodes: the swarm's nodes.
  ///   - here: the id of the node that gets what no node has.
  ///   - asked: what somebody wants.
  ///   - needed: what the stack's constraints need some node to have.
  /// - Throws: `failed` where there is no such node, or where a node would need two values of one label.
  package init(
    _ nodes: [Node], here: String, asked: [Initialization.Label], needed: [StackNeeds.NodeLabel]
  ) throws(OperationError) {
    var nodes = nodes
    for wanted in asked {
      let node = try Node.named(wanted.node, among: nodes)
      guard let index = nodes.firstIndex(where: { $0.id == node.id }) else { continue }
      add(wanted.label, to: &nodes[index], why: "as asked")
    }
    for label in needed {
      if let node = nodes.first(where: { $0.labels[label.key] == label.value }) {
        // What was asked for just now is told already.
        if !entries.contains(where: { $0.label == label }) {
          entries.append(Entry(nodeID: node.id, host: node.hostname, label: label, isPresent: true, why: ""))
        }
        continue
      }
      guard let index = nodes.firstIndex(where: { $0.id == here }) else { continue }
      guard nodes[index].labels[label.key] == nil else {
        throw OperationError(
          .failed,
          "the stack needs a node with the label \(label.text), and \(nodes[index].hostname) has another value of it",
          advice: "Choose the node: --label NODE:\(label.text).")
      }
      add(label, to: &nodes[index], why: "a constraint of the stack needs it")
    }
  }

  private mutating func add(_ label: StackNeeds.NodeLabel, to node: inout Node, why: String) {
    let isPresent = node.labels[label.key] == label.value
    node.labels[label.key] = label.value
    entries.append(Entry(nodeID: node.id, host: node.hostname, label: label, isPresent: isPresent, why: why))
  }
}

extension StackNeeds.NodeLabel {
  package var text: String { "\(key)=\(value)" }
}
