import Celery
import EventLoop
import Health
import Logging
import Metrics
import Redis
import Scoring
import StatusPage

/// Celery's metrics, from the Redis server that is its broker.
final class CelerySource: Collector, @unchecked Sendable {
  let name = "celery"
  let interval: Duration
  let timeout = Duration.seconds(10)

  private let collector: CeleryCollector
  private let loop: EventLoop
  private var logger: Logger
  private var toldOfQueues = false
  /// How many tasks the workers had begun, and since when that many while others waited; nil where none waits.
  private var progress: (begun: Double, since: Instant)?

  /// The source that `configuration` names; nil for none.
  init?(_ configuration: Configuration, logger: Logger, on loop: EventLoop) {
    guard let broker = configuration.celery else { return nil }
    self.loop = loop
    self.logger = logger
    self.logger[metadataKey: "collector"] = "\(name)"
    interval = configuration.refreshInterval
    var options = CeleryCollector.Options()
    options.queues = broker.queues
    options.inspectionInterval = interval * 4
    options.searchInterval = interval * 20
    collector = CeleryCollector(
      Connector(broker.url, on: loop, resolver: Resolver(on: loop)), keyPrefix: broker.keyPrefix, on: loop,
      wall: { WallTime.now.seconds }, options: options)
  }

  func start() {
    loop.spawn { [self] in
      await collector.listen { self.tell($0) }
    }
  }

  func stop() { collector.stop() }

  func collect(before deadline: Instant) async throws -> [Family] {
    let families = try await collector.refresh(before: deadline)
    noteProgress()
    if collector.hasTooManyQueues, !toldOfQueues {
      toldOfQueues = true
      logger.warning("more queues than are watched: name those that matter with --celery-queue")
    }
    return families
  }

  var status: [Family] { collector.stateFamilies }

  func describe(in overview: inout Overview, taken: WallTime?) {
    guard taken != nil else { return }
    let now = WallTime.now
    overview.queues += collector.queues.map { .init(name: $0.name, length: $0.length) }
    overview.workers += collector.workerStates.map { worker in
      .init(
        name: worker.name, isUp: worker.isUp, activeTasks: worker.activeTasks,
        lastHeartbeat: WallTime(milliseconds: now.milliseconds - worker.silence.nanoseconds / 1_000_000))
    }
  }

  func assess(_ facts: inout Facts, isCurrent: Bool) {
    guard isCurrent else { return facts.celery = .unavailable }
    let stalled = progress.map { (loop.now - $0.since).inSeconds } ?? 0
    facts.celery = .facts(
      .init(
        workers: collector.workerStates.count(where: \.isUp), queues: collector.queues, stalledSeconds: stalled))
  }

  /// After a reconnect to Redis a worker may send heartbeats, answer pings, and take nothing: only that no task is begun
  /// while some wait shows it.
  private func noteProgress() {
    let isWaiting = collector.queues.contains { $0.length > 0 }
    guard isWaiting, let begun = collector.begunTasks else { return progress = nil }
    if progress?.begun != begun { progress = (begun, loop.now) }
  }

  private func tell(_ failure: RedisError?) {
    if let failure {
      logger.warning("events are lost until subscribed again", metadata: ["detail": "\(failure)"])
    } else {
      logger.info("subscribed to events")
    }
  }
}
