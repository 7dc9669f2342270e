package import EventLoop

/// What is known about one check: its worker records into it, everyone else reads a copy.
///
/// One success is a pass. A decisive failure is a failure at once; an ambiguous one is a warning until
/// `policy.failures` of them came in a row, without a success between. A warning needs a pass to fall back from: a
/// check that has not passed since it last failed, or ever, fails whatever the reason.
package struct CheckState: Sendable {
  package let name: String
  package let componentType: ComponentType
  package let policy: CheckPolicy

  /// Failures since the last success.
  package private(set) var consecutiveFailures = 0
  /// When the last run ended.
  package private(set) var lastRun: (instant: Instant, wall: WallTime)?
  /// When the last successful run ended.
  package private(set) var lastSuccess: WallTime?
  /// How long the last successful run took.
  package private(set) var lastDuration: Duration?
  /// Runs that succeeded.
  package private(set) var successes = 0
  /// Runs that failed, by reason.
  package private(set) var failures: [Reason: Int] = [:]
  /// How often the status became this one, the first result included.
  package private(set) var transitions: [Status: Int] = [:]
  /// What came of it in the last hour.
  package private(set) var history: History
  /// Connections opened beyond the first, as the check counts them.
  package var reconnects = 0

  private var recorded = Verdict.pending
  /// When the recorded status became what it is.
  private var recordedSince: WallTime?
  /// Failed runs since the recorded status is `fail`.
  private var runsWhileDown = 0

  /// The state of a check that has not run yet.
  package init(name: String, componentType: ComponentType, policy: CheckPolicy) {
    self.name = name
    self.componentType = componentType
    self.policy = policy
    history = History(stalenessBound: policy.stalenessBound)
  }

  /// Takes in the result of one run.
  ///
  /// - Parameters:
  ///   - outcome: how long the run took, or why it failed.
  ///   - now: when it ended.
  ///   - wall: the same moment in civil time.
  /// - Returns: the change of status or reason, if there was one.
  @discardableResult
  package mutating func record(
    _ outcome: Result<Duration, CheckFailure>, at now: Instant, wall: WallTime
  ) -> Transition? {
    let isFirst = lastRun == nil
    lastRun = (now, wall)
    let verdict: Verdict
    switch outcome {
    case .success(let duration):
      consecutiveFailures = 0
      runsWhileDown = 0
      successes += 1
      lastSuccess = wall
      lastDuration = duration
      verdict = .pass
    case .failure(let failure):
      consecutiveFailures += 1
      failures[failure.reason, default: 0] += 1
      let isDown =
        failure.reason.isDecisive || recorded.status == .fail || consecutiveFailures >= policy.failures
      if isDown { runsWhileDown += 1 }
      verdict = Verdict(status: isDown ? .fail : .warn, reason: failure.reason)
    }
    let transition = Transition(from: recorded, to: verdict)
    if isFirst || recorded.status != verdict.status {
      recordedSince = wall
      transitions[verdict.status, default: 0] += 1
    }
    recorded = verdict
    history.record(verdict.status, took: try? outcome.get(), at: now)
    return transition.from == transition.to ? nil : transition
  }

  /// The verdict at `now`: the last result's, unless there is none or it is too old.
  ///
  /// The reader computes it, so that it holds when every worker hangs.
  package func verdict(at now: Instant) -> Verdict {
    guard let lastRun else { return .pending }
    return now - lastRun.instant > policy.stalenessBound ? Verdict(status: .fail, reason: .stale) : recorded
  }

  /// Since when the verdict's status at `now` has held; `nil` before the first result.
  package func since(at now: Instant) -> WallTime? {
    guard let lastRun else { return nil }
    let isNewlyStale = recorded.status != .fail && now - lastRun.instant > policy.stalenessBound
    return isNewlyStale ? lastRun.wall + policy.stalenessBound : recordedSince
  }

  /// How long ago the last run ended; `nil` before the first.
  package func age(at now: Instant) -> Duration? { lastRun.map { now - $0.instant } }

  /// How long to wait after a result before the next run.
  ///
  /// While the check fails, 250 ms and each time twice that, up to the interval; 250 ms throughout while the server
  /// says that it is about to be there.
  package var nextDelay: Duration {
    let first = min(Duration.milliseconds(250), policy.interval)
    guard runsWhileDown > 0 else { return policy.interval }
    if recorded.reason?.isTransitional == true { return first }
    // Past 2^20 times 250 ms, three days, doubling on would in the end overflow.
    return min(first * (1 << min(runsWhileDown - 1, 20)), policy.interval)
  }
}
