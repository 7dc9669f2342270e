import Health

/// What is wrong with a service, and how much that matters.
extension Overview.Service {
  /// How long somebody should hear of a failure, or of an update that was taken back, once all is well again.
  private static let memory = (failure: Duration.seconds(300), rollback: Duration.seconds(3600))

  func severity(at moment: Moment) -> Severity {
    if !isJob, desired > 0, running == 0 { return .fail }
    if running < desired || pendingSince != nil || hasFailedLately(moment) { return .warn }
    switch update?.state {
    case .paused, .rollbackPaused: return .warn
    case .rolledBack: return wasRolledBackLately(moment) ? .warn : .good
    case .updating, .rollingBack: return .note
    case .completed, nil: return .good
    }
  }

  /// What there is to know beside the number of replicas and an update under way; empty where that says it all.
  func remarks(at moment: Moment) -> [HTML] {
    var remarks: [HTML] = []
    if let completed { remarks.append("\(completed.count) of \(completed.of) done") }
    if let pendingSince { remarks.append("no node can take a task, for \(moment.elapsed(since: pendingSince))") }
    if let change { remarks.append(change) }
    if wasRolledBackLately(moment), let ended = update?.ended {
      remarks.append("update rolled back \(moment.ago(ended))")
    }
    if hasFailedLately(moment), let lastFailure {
      remarks.append("a task \(lastFailure.text), \(moment.ago(lastFailure.time))")
    }
    return remarks
  }

  /// What an update that is not over does; nil where none is under way.
  var change: HTML? {
    switch update?.state {
    case .updating: "updating"
    case .paused: "update paused"
    case .rollingBack: "rolling back"
    case .rollbackPaused: "rollback paused"
    case .completed, .rolledBack, nil: nil
    }
  }

  private func hasFailedLately(_ moment: Moment) -> Bool {
    lastFailure.map { moment.age($0.time) < Self.memory.failure } ?? false
  }

  private func wasRolledBackLately(_ moment: Moment) -> Bool {
    guard let update, update.state == .rolledBack, let ended = update.ended else { return false }
    return moment.age(ended) < Self.memory.rollback
  }
}

extension Overview.Failure {
  /// What a task did, in the past tense.
  var text: HTML {
    switch reason {
    case .exit: exitCode.map { "ended with exit code \($0)" } ?? "ended"
    case .unhealthy: "failed its health check"
    case .oom: "was killed, as the kernel does above the memory limit"
    case .rejected: "could not be started on its node"
    case .orphaned: "was given up with its node"
    }
  }
}

extension Overview.Node {
  var severity: Severity {
    if state == "down" { return .fail }
    if state != "ready" || manager?.isReachable == false { return .warn }
    return availability == "active" ? .good : .note
  }

  /// The node's state in a word or two.
  var condition: HTML {
    if state != "ready" { return "\(text: state)" }
    if manager?.isReachable == false { return "unreachable" }
    switch availability {
    case "active": return "ready"
    case "drain": return "drained"
    case "pause": return "paused"
    default: return "\(text: availability)"
    }
  }

  var role: HTML {
    guard let manager else { return "worker" }
    return manager.isLeader ? "leader" : "manager"
  }

  /// The leader comes first, then the other managers.
  var rank: Int { manager == nil ? 2 : manager?.isLeader == true ? 0 : 1 }
}

extension Overview.Source {
  var severity: Severity { isUp == false ? .warn : isUp == nil ? .note : .good }
}

extension Overview.Worker {
  var severity: Severity { isUp ? .good : .warn }
}

extension Overview.Swarm {
  /// A swarm that is there and can't be asked is worse than none.
  var severity: Severity {
    switch state {
    case "manager", nil: .good
    case "worker", "inactive", "pending": .note
    case "no_quorum": .fail
    default: .warn
    }
  }
}

extension Verdict {
  var severity: Severity {
    switch status {
    case .pass: .good
    case .warn: .warn
    case .fail: reason == .pending ? .note : .fail
    }
  }

  /// What the check is doing.
  var word: HTML {
    switch status {
    case .pass: "passing"
    case .warn: "warning"
    case .fail: reason == .pending ? "pending" : "failing"
    }
  }
}
