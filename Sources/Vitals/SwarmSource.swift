import Engine
import EventLoop
import Health
import Logging
import Metrics
import Scoring
import Swarm

/// The swarm's metrics, from the engine that this service reaches.
///
/// An engine that is no manager is no failure: it has no numbers to give, and `swarm_state` says why.
final class SwarmSource: Collector, @unchecked Sendable {
  let name = "swarm"
  let interval: Duration
  /// For all requests of a refresh together; a single one may be silent for 3 s.
  let timeout = Duration.seconds(30)

  let collector: SwarmCollector
  private let host: Host
  private var logger: Logger
  private var told: SwarmState?

  /// The source that `configuration` names; nil for none.
  init?(_ configuration: Configuration, logger: Logger, on loop: EventLoop) {
    guard let host = configuration.engine?.host else { return nil }
    self.host = host
    interval = configuration.refresh ?? .seconds(10)
    self.logger = logger
    var options = SwarmCollector.Options()
    options.nodeLabels = configuration.nodeLabels
    collector = SwarmCollector(Client(host, on: loop, resolver: Resolver(on: loop)), on: loop, options: options)
  }

  func collect(before deadline: Instant) async throws -> [Family] {
    defer { tell() }
    return try await collector.refresh(before: deadline)
  }

  var status: [Family] { collector.stateFamilies }

  func assess(_ facts: inout Facts, isCurrent: Bool) {
    switch collector.state {
    case .noQuorum: facts.swarm = .noQuorum
    case .manager, nil:
      if isCurrent, let snapshot = collector.snapshot {
        facts.swarm = .facts(
          SwarmFacts(snapshot, at: WallTime.now.seconds) { [collector] in collector.tally(of: $0) })
      } else {
        facts.swarm = .unavailable("the engine has not answered yet, or not for long")
      }
    case let state?: facts.swarm = .unavailable(state.advice)
    }
  }

  /// Logs a change of the engine's part in the swarm, once.
  private func tell() {
    guard let state = collector.state, state != told else { return }
    told = state
    logger.log(
      level: state == .manager || state == .inactive ? .info : .warning, "swarm",
      metadata: ["state": "\(state.rawValue)", "engine": "\(host)", "advice": "\(state.advice)"])
  }
}
