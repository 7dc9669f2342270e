import Engine
import Health
import StatusPage
import Swarm

/// The swarm for people.
extension SwarmSource {
  func describe(in overview: inout Overview, taken: WallTime?) {
    let state = collector.state
    var swarm = Overview.Swarm(state: state?.rawValue, advice: state == .manager ? nil : state?.advice)
    if let taken, let snapshot = collector.snapshot {
      swarm.taken = taken
      swarm.runningTasks = snapshot.tasks[.running]
      swarm.services = snapshot.services.map { Overview.Service($0, collector.tally(of: $0.service.id)) }
      swarm.nodes = zip(snapshot.nodes, snapshot.nodeNames).map { Overview.Node($0, name: $1) }
    }
    overview.swarm = swarm
  }
}

extension Overview.Service {
  fileprivate init(_ account: ServiceAccount, _ tally: FailureLedger.Tally) {
    let service = account.service
    self.init(name: service.name, desired: account.desired, running: account.running)
    stack = service.stack
    isJob = service.mode.isJob
    completed = account.completionsDesired.map { (account.completed, $0) }
    update = Overview.Update(account)
    pendingSince = account.pendingSince.map(WallTime.init)
    lastFailure = Overview.Failure(tally)
  }
}

extension Overview.Update {
  fileprivate init?(_ account: ServiceAccount) {
    guard let update = account.service.update else { return nil }
    let state: State =
      switch update.state {
      case .updating: .updating
      case .paused: .paused
      case .completed: .completed
      case .rollbackStarted: .rollingBack
      case .rollbackPaused: .rollbackPaused
      case .rollbackCompleted: .rolledBack
      }
    self.init(
      state, updated: account.updated, started: update.startedAt.map(WallTime.init),
      ended: update.completedAt.map(WallTime.init))
  }
}

extension Overview.Failure {
  fileprivate init?(_ tally: FailureLedger.Tally) {
    guard let time = tally.lastFailure, let last = tally.lastReason, let reason = Reason(rawValue: last.rawValue) else {
      return nil
    }
    self.init(reason, exitCode: tally.lastExitCode, time: WallTime(time))
  }
}

extension Overview.Node {
  fileprivate init(_ account: NodeAccount, name: String) {
    let node = account.node
    self.init(
      name: name, state: node.state, availability: node.availability,
      manager: node.manager.map { Manager(isLeader: $0.isLeader, isReachable: $0.reachability == "reachable") },
      runningTasks: account.running)
  }
}

extension WallTime {
  fileprivate init(_ time: Timestamp) { self.init(milliseconds: Int64(time.seconds * 1000)) }
}
