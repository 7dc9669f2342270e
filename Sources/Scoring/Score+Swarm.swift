extension Score {
  /// From when on something counts.
  package enum Limit {
    /// Failed tasks of a service within `crashWindow` that are a crash loop.
    package static let crashes = 3
    /// In seconds.
    package static let crashWindow = 600.0
    /// Shares that are too much, or too little.
    static let connections = 0.9
    static let memory = 0.9
    static let disk = 0.1
    /// Messages in a queue.
    static let backlog = 100
    /// Seconds without a task that is begun while some wait.
    static let stall = 600.0
  }

  /// The checks that a manager alone can answer.
  package static let swarmChecks = ["services", "updates", "tasks", "nodes", "quorum"]

  mutating func judge(_ answer: SwarmAnswer) {
    switch answer {
    case .facts(let facts):
      judgeServices(facts)
      judgeUpdates(facts)
      judgeTasks(facts)
      judgeNodes(facts)
      judgeQuorum(facts)
    case .noQuorum:
      for name in Score.swarmChecks.dropLast() { add(unknown: name, "no manager leads") }
      add("quorum", "", [Score.noLeader])
    case .unavailable(let text):
      for name in Score.swarmChecks { add(unknown: name, text) }
    }
  }

  /// It leaves nothing of the score: nothing can be changed, and nobody knows what runs.
  private static let noLeader = (100, "no manager leads: there is no quorum")

  private mutating func judgeServices(_ facts: SwarmFacts) {
    let wanted = facts.services.filter { $0.desired > 0 }
    let short = wanted.filter { $0.running < $0.desired }.map { service -> (points: Int, text: String) in
      let text = "\(service.name) runs \(service.running) of \(counted(service.desired, "replica"))"
      if service.running <= 0 { return (service.isCritical ? 40 : 20, text) }
      let missing = service.desired - service.running
      // Twenty times the missing share, and a missing replica always counts.
      return (Int((20 * Double(missing) / Double(service.desired)).rounded(.up)), text)
    }
    // The worst first, so that what the limit leaves out is the least.
    let sorted = short.enumerated().sorted { ($1.element.points, $0.offset) < ($0.element.points, $1.offset) }
    add("services", "all replicas of \(counted(wanted.count, "service")) run", sorted.map(\.element), limit: 40)
  }

  private mutating func judgeUpdates(_ facts: SwarmFacts) {
    let found = facts.services.compactMap { service -> (points: Int, text: String)? in
      if service.isUpdatePaused { return (15, "the update of \(service.name) is paused") }
      return service.isRollbackPaused ? (15, "the rollback of \(service.name) is paused") : nil
    }
    add("updates", "no update has stopped", found, limit: 15)
  }

  private mutating func judgeTasks(_ facts: SwarmFacts) {
    let found = facts.services.filter { $0.recentFailures >= Limit.crashes }
      .map { (points: 15, text: "tasks of \($0.name) failed \(Limit.crashes) times or more in 10 min") }
    add("tasks", "no service fails again and again", found, limit: 15)
  }

  private mutating func judgeNodes(_ facts: SwarmFacts) {
    let found = facts.nodes.filter(\.isDown).map { (points: 10, text: "\($0.name) is down") }
    add("nodes", facts.nodes.count == 1 ? "the node is up" : "\(facts.nodes.count) nodes are up", found, limit: 30)
  }

  private mutating func judgeQuorum(_ facts: SwarmFacts) {
    guard facts.hasLeader else { return add("quorum", "", [Score.noLeader]) }
    let spare = facts.reachableManagers - (facts.managers / 2 + 1)
    let text = "\(facts.reachableManagers) of \(counted(facts.managers, "manager")) reachable"
    // A single manager is what somebody wanted.
    let found = facts.managers > 1 && spare <= 0 ? [(points: 10, text: "\(text): none may be lost")] : []
    add("quorum", facts.managers == 1 ? "the manager leads" : "\(text), \(spare) may be lost", found)
  }
}

package func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
