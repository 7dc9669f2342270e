import Celery
import EventLoop
import Health
import Logging
import Metrics
import Redis
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

  private func tell(_ failure: RedisError?) {
    if let failure {
      logger.warning("events are lost until subscribed again", metadata: ["detail": "\(failure)"])
    } else {
      logger.info("subscribed to events")
    }
  }
}
