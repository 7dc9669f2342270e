/// What came of asking a manager about the swarm.
package enum SwarmAnswer: Sendable {
  case facts(SwarmFacts)
  /// The managers have no leader.
  case noQuorum
  /// There is no manager to ask, and what that means.
  case unavailable(String)
}

/// What a score looks at in a swarm.
package struct SwarmFacts: Sendable {
  package struct Service: Sendable {
    package var name: String
    /// Whether the stack can't do its work without it: not where it has the label `vitals.critical=false`.
    package var isCritical = true
    package var desired: Int
    /// Replicas with a running task on a node that is not down.
    package var running: Int
    package var isUpdatePaused = false
    package var isRollbackPaused = false
    /// Tasks that failed in the last ten minutes, as far as they count: `Score.Limit.crashes`.
    package var recentFailures = 0

    package init(_ name: String, desired: Int, running: Int) {
      self.name = name
      self.desired = desired
      self.running = running
    }
  }

  package struct Node: Sendable {
    package var name: String
    package var isDown: Bool

    package init(_ name: String, isDown: Bool = false) {
      self.name = name
      self.isDown = isDown
    }
  }

  /// Without jobs, whose tasks are to end.
  package var services: [Service]
  package var nodes: [Node]
  package var managers: Int
  package var reachableManagers: Int
  package var hasLeader = true

  package init(services: [Service], nodes: [Node], managers: Int, reachableManagers: Int) {
    self.services = services
    self.nodes = nodes
    self.managers = managers
    self.reachableManagers = reachableManagers
  }
}
