/// The swarm at one time.
///
/// It is made from the nodes and services and then takes the current tasks one by one, of which it keeps a few bits each.
package struct Snapshot: Sendable {
  /// In the order of the names.
  package private(set) var services: [ServiceAccount]
  package private(set) var nodes: [NodeAccount]
  /// Current tasks of all services, also of one that appeared after the services were read.
  package private(set) var tasks = TaskCounts()
  private let serviceIndex: [String: Int]
  private let nodeIndex: [String: Int]

  package init(nodes: [Node], services: [Service]) {
    let services = services.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    self.services = services.map(ServiceAccount.init)
    self.nodes = nodes.map(NodeAccount.init)
    serviceIndex = Snapshot.index(services.map(\.id))
    nodeIndex = Snapshot.index(nodes.map(\.id))
  }

  /// Counts a current task: one whose desired state is `running`, `ready` or, of a job, `complete`.
  ///
  /// Others are left alone.
  package mutating func add(_ task: ServiceTask) {
    guard task.isWanted else { return }
    if let group = TaskGroup(task.state) { tasks[group] += 1 }
    let node = nodeIndex[task.nodeID]
    if let node { nodes[node].add(task) }
    guard let service = serviceIndex[task.serviceID] else { return }
    services[service].add(task, node: node, isAlive: isAlive(node))
  }

  /// Counts a current task again, as one that is made from the present specification of its service.
  package mutating func addUpdated(_ task: ServiceTask) {
    guard task.isWanted, let service = serviceIndex[task.serviceID] else { return }
    let node = nodeIndex[task.nodeID]
    services[service].addUpdated(task, node: node, isAlive: isAlive(node))
  }

  /// Whether the place of a task of the history is taken by a current one.
  package func hasSuccessor(_ task: ServiceTask) -> Bool {
    guard let service = serviceIndex[task.serviceID] else { return false }
    return services[service].isOccupied(task, node: nodeIndex[task.nodeID])
  }

  package func isJob(_ task: ServiceTask) -> Bool {
    serviceIndex[task.serviceID].map { services[$0].service.mode.isJob } ?? false
  }

  /// A task without a node runs nowhere, and one on a node that was removed neither.
  private func isAlive(_ node: Int?) -> Bool { node.map { nodes[$0].node.isAlive } ?? false }

  private static func index(_ ids: [String]) -> [String: Int] {
    Dictionary(ids.enumerated().map { ($1, $0) }) { first, _ in first }
  }
}

// MARK: The whole swarm

extension Snapshot {
  /// The name of each node, in their order: its hostname, with a short id where two nodes have the same one.
  package var nodeNames: [String] { Report.names(of: nodes.map(\.node)) }

  package var managers: Int { nodes.count { $0.node.manager != nil } }

  package var reachableManagers: Int { nodes.count { $0.node.manager?.reachability == "reachable" } }

  package var hasLeader: Bool { nodes.contains { $0.node.manager?.isLeader == true } }

  /// What the nodes have on which the scheduler may place tasks.
  package var capacity: Resources {
    nodes.reduce(into: Resources()) { if $1.node.isSchedulable { $0 += $1.node.resources } }
  }

  /// What the tasks on those nodes have reserved.
  package var reserved: Resources {
    nodes.reduce(into: Resources()) { if $1.node.isSchedulable { $0 += $1.reserved } }
  }

  /// The services of which tasks of an older specification may still run.
  var incompleteUpdates: [String] {
    services.filter { $0.service.update?.isIncomplete == true }.map(\.service.id)
  }
}
