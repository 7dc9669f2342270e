package import EventLoop
package import Scoring
package import Swarm

/// The swarm at one time, as a manager tells it to somebody who asks once.
package struct Survey: Sendable {
  package let snapshot: Snapshot
  package let ledger: FailureLedger
  /// All tasks, also those of the history.
  package let tasks: [ServiceTask]
  /// When it was made, in seconds since 1970.
  package let time: Double

  /// - Parameter updated: the ids of tasks that are made from the present specification of their service, where an update is
  ///   under way.
  package init(nodes: [Node], services: [Service], tasks: [ServiceTask], updated: Set<String> = [], time: Double) {
    var snapshot = Snapshot(nodes: nodes, services: services)
    for task in tasks {
      snapshot.add(task)
      if updated.contains(task.id) { snapshot.addUpdated(task) }
    }
    var ledger = FailureLedger()
    ledger.beginPoll()
    for task in tasks where !task.isWanted {
      ledger.add(task, isOccupied: snapshot.hasSuccessor(task), isJob: snapshot.isJob(task))
    }
    ledger.endPoll(services: services.map(\.id))
    self.snapshot = snapshot
    self.ledger = ledger
    self.tasks = tasks
    self.time = time
  }

  /// What a score looks at, of one stack or of all.
  package func facts(of stack: String? = nil) -> SwarmFacts {
    var facts = SwarmFacts(snapshot, at: time) { ledger[$0] }
    if let stack {
      let names = Set(snapshot.services.filter { $0.service.stack == stack }.map(\.service.name))
      facts.services.removeAll { !names.contains($0.name) }
    }
    return facts
  }
}

extension Manager {
  /// Asks for everything that there is to know of the swarm.
  ///
  /// - Parameter time: the present, in seconds since 1970.
  package func survey(at time: Double, before deadline: Instant) async throws(OperationError) -> Survey {
    let nodes = try await nodes(before: deadline)
    let services = try await services(before: deadline)
    let tasks = try await tasks(before: deadline)
    let updating = services.filter { $0.update?.isIncomplete == true }.map(\.id)
    var updated: Set<String> = []
    if !updating.isEmpty {
      // They are in the request's first line, which may not become too long.
      updated = Set(try await self.tasks(of: Array(updating.prefix(100)), upToDate: true, before: deadline).map(\.id))
    }
    return Survey(nodes: nodes, services: services, tasks: tasks, updated: updated, time: time)
  }
}
