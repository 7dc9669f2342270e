package import EventLoop
package import Swarm

/// What becomes of a node's tasks when the node is drained.
package struct DrainPlan: Sendable {
  /// Services whose tasks go to other nodes, and of which all run at present.
  package private(set) var moving: [LiveService] = []
  /// Services whose tasks on this node just end: those that have one on each node.
  package private(set) var ending: [LiveService] = []
  /// Services that no other node may run: their tasks wait until the node is active again.
  package private(set) var stranded: [LiveService] = []
  /// Services whose tasks go to other nodes, but that are not well already: nobody can say when they would be.
  package private(set) var unwell: [LiveService] = []
  /// What somebody should know before.
  package private(set) var warnings: [String] = []

  package init(_ node: Node, services: [LiveService], tasks: [ServiceTask], nodes: [Node]) {
    let here = Set(tasks.filter { DrainPlan.occupies($0, node) }.map(\.serviceID))
    let others = nodes.filter { $0.id != node.id && $0.isSchedulable }
    let alive = Set(nodes.filter(\.isAlive).map(\.id))
    for service in services where here.contains(service.service.id) {
      switch service.service.mode {
      case .global, .globalJob: ending.append(service)
      case .replicated, .replicatedJob, .unknown:
        if !others.contains(where: service.mayRun) {
          stranded.append(service)
        } else if DrainPlan.isWell(service, tasks, alive) {
          moving.append(service)
        } else {
          unwell.append(service)
        }
      }
    }
    if others.isEmpty { warnings.append("no other node is active and ready: nothing runs until one is") }
    for service in stranded where !others.isEmpty {
      let constraints = service.constraints.map(\.text).joined(separator: ", ")
      warnings.append("no other node may run \(service.service.name) (\(constraints)): it stops")
    }
    for service in unwell { warnings.append("\(service.service.name) is not well already, and not waited for") }
    if node.manager != nil {
      let count = nodes.count { $0.manager?.reachability == "reachable" }
      warnings.append(
        "\(node.hostname) is \(count == 1 ? "the only" : "a") manager, and goes on managing the swarm"
          + (count == 1 ? ": there is no swarm while it is off" : ""))
    }
  }

  /// Whether all replicas run.
  private static func isWell(_ service: LiveService, _ tasks: [ServiceTask], _ alive: Set<String>) -> Bool {
    guard case .replicated(let replicas) = service.service.mode else { return false }
    let running = tasks.filter {
      $0.serviceID == service.service.id && $0.isWanted && $0.state == .running && alive.contains($0.nodeID)
    }
    return Set(running.map(\.slot)).count >= replicas
  }

  /// Whether a task needs the node still.
  package static func occupies(_ task: ServiceTask, _ node: Node) -> Bool {
    task.nodeID == node.id && task.state >= .assigned && task.state <= .running
  }
}

extension Manager {
  /// What would become of a node's tasks.
  package func drainPlan(_ node: Node, before deadline: Instant) async throws(OperationError) -> DrainPlan {
    DrainPlan(
      node, services: try await liveServices(before: deadline), tasks: try await tasks(before: deadline),
      nodes: try await nodes(before: deadline))
  }
}
