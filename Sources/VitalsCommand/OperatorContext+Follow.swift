import Engine
import EventLoop
import Operations

extension OperatorContext {
  /// How long a command goes on without a manager before it says that there is none.
  private static let patience = Duration.seconds(60)

  /// Waits until the services of a rollout have arrived, and shows how they do.
  ///
  /// An engine that is restarted meanwhile, or a change of leader, is waited for. The time is `--timeout`, or else what the
  /// services' own settings let expect.
  ///
  /// - Returns: the rollout, of which all services have converged or were not changed.
  /// - Throws: `rolledBack`, `paused`, `failed` or `deadline`, after the last lines of the log of a task that failed;
  ///   `noManager` where there has been none for a minute; `interrupted`.
  @discardableResult
  func follow(_ rollout: Rollout) async throws(OperationError) -> Rollout {
    var rollout = rollout
    let display = RolloutDisplay(output)
    defer { display.finish() }
    let began = Instant.now
    var limit = deadline
    var silentSince: Instant?
    while !rollout.isFinished {
      do throws(OperationError) {
        let observation = try await manager.observe(rollout.names, before: limit)
        if silentSince != nil { display.note("the manager answers again") }
        silentSince = nil
        if !hasTimeout {
          limit = min(deadline, began + (observation.services.map(\.patience).max() ?? .seconds(300)))
        }
        display.show(rollout.observe(observation, at: .now), of: rollout)
      } catch {
        if silentSince == nil { display.note("\(error.message); asking again") }
        let since = silentSince ?? .now
        silentSince = since
        if error.kind == .noManager, .now - since >= OperatorContext.patience { throw error }
      }
      if rollout.isFinished { break }
      if .now >= limit {
        display.show(rollout.expire(), of: rollout)
      } else {
        try await interruption.pause(until: min(limit, .now + .seconds(1)))
      }
    }
    guard let error = rollout.error else { return rollout }
    if let failure = rollout.failure { await showLog(of: failure, display) }
    throw error
  }

  /// Shows the last lines that a task has written before it failed.
  private func showLog(of failure: TaskFailure, _ display: RolloutDisplay) async {
    do throws(OperationError) {
      let lines = try await manager.lastLines(30, of: failure.taskID, before: .now + .seconds(10))
      display.showLog(of: failure, lines)
    } catch {
      display.note("the log of task \(failure.task) can't be had: \(error.message)")
    }
  }

  /// Tells what became of the services, as the command's result.
  func tellOutcome(of rollout: Rollout, since began: Instant) {
    struct Result: Encodable {
      struct Service: Encodable {
        var service: String
        var outcome: RolloutOutcome?
        var updated: Int
        var running: Int
        var desired: Int
      }
      var services: [Service]
      var seconds: Double
    }
    let seconds = (Instant.now - began).roundedSeconds
    let services = rollout.services.map {
      Result.Service(
        service: $0.name, outcome: $0.outcome, updated: $0.counts.updated, running: $0.counts.running,
        desired: $0.counts.desired)
    }
    let counts = rollout.services.map {
      $0.outcome == .unchanged
        ? "\($0.shortName) unchanged" : "\($0.shortName) \($0.counts.updated)/\($0.counts.desired)"
    }
    output.tell(
      "done in \(seconds) s: \(counts.joined(separator: ", "))", Result(services: services, seconds: seconds))
  }
}
