package import EventLoop
import Swarm

/// Follows services after a change, until they run or it is clear that they won't.
///
/// It does no I/O: it takes one observation after the other, and the time of each. All services are watched together, so
/// that none fails unseen while another is waited for. Down nodes don't count: what the store says of their tasks is old.
package struct Rollout: Sendable {
  /// What the services are to arrive at.
  package enum Goal: Sendable {
    /// A new specification: one that the engine takes back is a failure.
    case change
    /// The previous specification, which was asked for.
    case rollback
    /// Whatever specification they have: only their tasks are waited for.
    case settle
  }

  /// How many failures of one slot show that a service won't start.
  ///
  /// The engine rolls back only what was updated: a new service it starts again for ever.
  package static let crashLimit = 3

  package private(set) var services: [ServiceRollout]

  /// - Parameters:
  ///   - names: the services, with their stack's name; those that `before` does not have are new.
  ///   - before: what there was before the change.
  package init(of names: some Sequence<String>, since before: Observation, goal: Goal = .change) {
    services = names.sorted().map { ServiceRollout($0, before: before, goal: goal) }
  }

  /// The names of the services.
  package var names: Set<String> { Set(services.map(\.name)) }

  /// Takes what the services are doing at `now`.
  ///
  /// A service that the observation lacks is left as it was: it may not be there yet.
  /// - Returns: what changed, in words.
  package mutating func observe(_ observation: Observation, at now: Instant) -> [RolloutEvent] {
    var events: [RolloutEvent] = []
    for live in observation.services {
      guard let index = services.firstIndex(where: { $0.name == live.service.name }) else { continue }
      events += services[index].observe(live, observation, at: now)
    }
    return events + findCrashLoops()
  }

  /// Tells that the time is over: what has not arrived by now has failed.
  package mutating func expire() -> [RolloutEvent] {
    services.indices.flatMap { services[$0].expire() }
  }

  /// Whether there is nothing to wait for any more: all have arrived, or one has failed and the engine does nothing
  /// about the others either.
  package var isFinished: Bool {
    let isLost = services.contains { $0.outcome.map { !$0.isGood } ?? false }
    return services.allSatisfy { $0.outcome != nil || isLost && !$0.isUpdating }
  }

  /// The worst of what the services have arrived at; nil while none has.
  package var outcome: RolloutOutcome? {
    let outcomes = services.compactMap(\.outcome)
    return RolloutOutcome.bySeverity.first { outcomes.contains($0) }
  }

  /// The failure of the service that decides the outcome.
  package var failure: TaskFailure? { services.first { $0.outcome == outcome && $0.failure != nil }?.failure }

  /// What the command that waits for this has to end with; nil where all is well.
  package var error: OperationError? {
    guard let outcome, !outcome.isGood else { return nil }
    let lost = services.filter { $0.outcome == outcome }
    let text = lost.map { "\($0.shortName): \($0.summary)" }.joined(separator: "\n")
    switch outcome {
    case .rolledBack: return OperationError(.rolledBack, text, advice: "The previous version runs.")
    case .paused:
      return OperationError(
        .paused, text,
        advice: "Nothing more happens by itself: mend it and update again, or go back with vitals rollback.")
    case .failed:
      return OperationError(
        .failed, text, advice: "Its log says why: vitals logs \(lost[0].shortName); the engine goes on trying.")
    case .deadline:
      return OperationError(
        .deadline, "the time is over: \(text)", advice: "The engine goes on trying; see vitals status.")
    case .converged, .unchanged: return nil
    }
  }

  /// Fails what crashes again and again, where nobody else does anything about it.
  ///
  /// A service may crash because another one has not started yet: it fails for good only where it crashes once more after
  /// all others have arrived, or crash too.
  private mutating func findCrashLoops() -> [RolloutEvent] {
    let isLooping = services.map { $0.mostFailures >= Rollout.crashLimit && !$0.isUpdating && $0.outcome == nil }
    var events: [RolloutEvent] = []
    for index in services.indices where isLooping[index] && services[index].hasNewFailure {
      let isAlone = services.indices.allSatisfy { $0 == index || isLooping[$0] || services[$0].outcome != nil }
      if isAlone { events += services[index].arrive(.failed) }
    }
    return events
  }
}
