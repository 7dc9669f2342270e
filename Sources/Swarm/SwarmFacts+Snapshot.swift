package import Scoring

extension SwarmFacts {
  /// What a score looks at in `snapshot`.
  ///
  /// - Parameters:
  ///   - now: seconds since 1970, by the managers' clocks.
  ///   - tally: what is known of the failures of a service's tasks.
  package init(_ snapshot: Snapshot, at now: Double, tally: (String) -> FailureLedger.Tally) {
    let services = snapshot.services.filter { !$0.service.mode.isJob }.map { account -> Service in
      var service = Service(account.service.name, desired: account.desired, running: account.running)
      service.isCritical = account.service.isCritical
      service.isUpdatePaused = account.service.update?.state == .paused
      service.isRollbackPaused = account.service.update?.state == .rollbackPaused
      service.recentFailures = tally(account.service.id).failures(since: now - Score.Limit.crashWindow)
      return service
    }
    let nodes = zip(snapshot.nodes, snapshot.nodeNames).map { account, name in
      // A node is unknown for a moment whenever another manager leads.
      Node(name, isDown: ["down", "disconnected"].contains(account.node.state))
    }
    self.init(
      services: services, nodes: nodes, managers: snapshot.managers, reachableManagers: snapshot.reachableManagers)
    hasLeader = snapshot.hasLeader
  }
}
