import Swarm

/// What `vitals status` says of a swarm, or of one stack in it.
package struct StatusReport: Encodable, Equatable, Sendable {
  package struct Cluster: Encodable, Equatable, Sendable {
    package var managers: Int
    package var reachableManagers: Int
    /// The name of the manager that leads; nil where none does.
    package var leader: String?
    /// How many more managers may be lost before nothing can be changed any more.
    package var spareManagers: Int
    /// Each once, sorted.
    package var engineVersions: [String]
  }

  package struct Node: Encodable, Equatable, Sendable {
    package var name: String
    package var id: String
    /// `leader`, `manager` or `worker`.
    package var role: String
    /// `ready`, `down`, `disconnected` or `unknown`; `unreachable` for a manager that the leader does not reach.
    package var state: String
    package var availability: String
    package var engineVersion: String
    /// None where the node is down, whatever the store says.
    package var runningTasks: Int
    package var cpus: Double
    package var cpusReserved: Double
    package var memoryBytes: Int64
    package var memoryReservedBytes: Int64

    package var isWell: Bool { state == "ready" }
  }

  package struct Service: Encodable, Equatable, Sendable {
    package var name: String
    package var stack: String
    package var mode: String
    /// By our own count: with a running task on a node that is not down.
    package var running: Int
    package var desired: Int
    /// What `docker service ls` says is running; nil where the engine does not count.
    package var reported: Int?
    /// Running replicas of the present specification; nil where no update is under way.
    package var updated: Int?
    /// By the engine's word: `updating`, `paused`, `rollback_started`...; nil without an update.
    package var update: String?
    /// Tasks of a job that have ended well, of how many.
    package var completed: Int?
    package var completionsDesired: Int?
    package var image: String
    /// `*:80->8000/tcp`; a port of mode `host` is marked so.
    package var ports: [String]
    /// Where its running tasks are.
    package var nodes: [Place]
    package var isHealthy: Bool
    /// Why it is not healthy, and why other tools say something else.
    package var remarks: [String]
    package var lastFailure: Failure?
  }

  /// How many of a service's tasks run on a node.
  package struct Place: Encodable, Equatable, Sendable {
    package var node: String
    package var running: Int
  }

  /// The last failure of one of a service's tasks, as long as the engine keeps it.
  package struct Failure: Encodable, Equatable, Sendable {
    package var secondsAgo: Double
    package var state: String
    package var exitCode: Int?
    package var error: String
    package var node: String
  }

  /// The stack that the services are of; nil for all.
  package var stack: String?
  package var cluster: Cluster
  package var nodes: [Node]
  package var services: [Service]

  package init(_ survey: Survey, stack: String? = nil) {
    self.stack = stack
    let snapshot = survey.snapshot
    let names = snapshot.nodeNames
    let leader = snapshot.nodes.firstIndex { $0.node.manager?.isLeader == true }
    cluster = Cluster(
      managers: snapshot.managers, reachableManagers: snapshot.reachableManagers, leader: leader.map { names[$0] },
      spareManagers: Quorum(managers: snapshot.managers, reachable: snapshot.reachableManagers).margin,
      engineVersions: Set(snapshot.nodes.map(\.node.engineVersion)).subtracting([""]).sorted())
    nodes = zip(snapshot.nodes, names).map { Node($0, name: $1) }.sorted { ($0.rank, $0.name) < ($1.rank, $1.name) }
    let tasks = Dictionary(grouping: survey.tasks, by: \.serviceID)
    let nodeNames = Dictionary(zip(snapshot.nodes.map(\.node.id), names)) { first, _ in first }
    let down = Set(snapshot.nodes.filter { !$0.node.isAlive }.map(\.node.id))
    services = snapshot.services.filter { stack == nil || $0.service.stack == stack }.map { account in
      let context = ServiceContext(
        account: account, tasks: tasks[account.service.id] ?? [], nodeNames: nodeNames, downNodes: down,
        time: survey.time)
      return Service(context)
    }
  }
}

extension StatusReport.Node {
  fileprivate init(_ account: NodeAccount, name: String) {
    let node = account.node
    self.init(
      name: name, id: node.id, role: node.manager.map { $0.isLeader ? "leader" : "manager" } ?? "worker",
      state: node.state == "ready" && node.manager.map { $0.reachability != "reachable" } ?? false
        ? "unreachable" : node.state,
      availability: node.availability, engineVersion: node.engineVersion, runningTasks: account.running,
      cpus: node.resources.cpus, cpusReserved: account.reserved.cpus, memoryBytes: node.resources.memory,
      memoryReservedBytes: account.reserved.memory)
  }

  /// The leader comes first, then the other managers.
  fileprivate var rank: Int { role == "leader" ? 0 : role == "manager" ? 1 : 2 }
}
