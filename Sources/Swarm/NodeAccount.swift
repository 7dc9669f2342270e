/// What the current tasks on a node add up to.
package struct NodeAccount: Sendable {
  package let node: Node
  /// Running tasks; none where the node is down, whatever the store says.
  package private(set) var running = 0
  /// What the tasks on the node have reserved, also those that are about to start.
  package private(set) var reserved = Resources()

  init(_ node: Node) { self.node = node }

  /// Counts a wanted task on this node.
  mutating func add(_ task: ServiceTask) {
    if task.state == .running, node.isAlive { running += 1 }
    if task.state >= .assigned, !task.state.isTerminal { reserved += task.reservations }
  }
}
