import EventLoop
import Health
import Logging

/// The one task that runs a check, again and again, and writes its results to the board.
///
/// Requests never run a check. As this is the only task that does, there are never two runs of a check at a time, and a
/// dependency sees the same few queries however many probes there are.
final class CheckWorker: @unchecked Sendable {
  private let check: any Check
  private let policy: CheckPolicy
  private let index: Int
  private let board: HealthBoard
  private let loop: EventLoop
  private var logger: Logger
  private let timer: Waiter
  private var isStopped = false

  /// - Parameter index: the check's place on the board.
  init(
    _ definition: CheckDefinition, check: any Check, index: Int, board: HealthBoard, logger: Logger, on loop: EventLoop
  ) {
    self.check = check
    policy = definition.policy
    self.index = index
    self.board = board
    self.loop = loop
    self.logger = logger
    self.logger[metadataKey: "check"] = "\(definition.name)"
    timer = Waiter(on: loop)
  }

  /// Runs until `stop`.
  func run() async {
    // Replicas that start together would otherwise ask together for ever: the second run of each comes at its own time.
    var jitter = Double.random(in: 0.5...1)
    while !isStopped {
      let outcome = await runOnce()
      guard !isStopped else { return }
      let delay = record(outcome)
      await wait(until: loop.now + delay * jitter)
      jitter = 1
    }
  }

  /// Ends `run` and closes the connection; a run that is under way is left to its own deadline.
  func stop() async {
    isStopped = true
    timer.end()
    await check.close()
  }

  private func runOnce() async -> Result<Duration, CheckFailure> {
    let start = Instant.now
    do {
      try await check.check(before: start + policy.timeout)
      return .success(.now - start)
    } catch {
      return .failure(error)
    }
  }

  /// - Returns: how long to wait before the next run.
  private func record(_ outcome: Result<Duration, CheckFailure>) -> Duration {
    var transition: Transition?
    board.update(index) { state in
      state.reconnects = max(0, check.connections - 1)
      transition = state.record(outcome, at: .now, wall: .now)
    }
    if let transition { log(transition, outcome) }
    return board.checks[index].nextDelay
  }

  /// Waits for the next run, or for the connection to be lost.
  private func wait(until next: Instant) async {
    if await check.watch(until: next) { return }
    _ = await timer.wait(until: next)
  }

  /// A change is told once; what stays as it is, is not.
  private func log(_ transition: Transition, _ outcome: Result<Duration, CheckFailure>) {
    var metadata: Logger.Metadata = [
      "from": "\(transition.from == .pending ? "pending" : transition.from.status.rawValue)",
      "to": "\(transition.to.status.rawValue)",
    ]
    if let reason = transition.to.reason { metadata["reason"] = "\(reason.rawValue)" }
    if case .failure(let failure) = outcome, !failure.detail.isEmpty { metadata["detail"] = "\(failure.detail)" }
    let level: Logger.Level =
      transition.to.status == .pass ? .notice : transition.to.status == .warn ? .warning : .error
    logger.log(level: level, "check changed", metadata: metadata)
  }
}
