import Containers
import Engine
import EventLoop
import Health
import Logging
import Metrics

/// The metrics of the containers that run on the engine which this service reaches.
final class ContainersSource: Collector, @unchecked Sendable {
  let name = "containers"
  let interval: Duration
  let timeout = Duration.seconds(10)

  private let collector: ContainerCollector
  private let loop: EventLoop
  private var logger: Logger
  /// Whether the log has been told that containers are left out.
  private var hasTold = false

  /// The source that `configuration` names; nil for none.
  init?(_ configuration: Configuration, logger: Logger, on loop: EventLoop) {
    guard let host = configuration.engine?.host else { return nil }
    self.loop = loop
    self.logger = logger
    interval = configuration.refreshInterval
    collector = ContainerCollector(host, on: loop)
  }

  func collect(before deadline: Instant) async throws -> [Family] {
    let families = try await collector.refresh(before: deadline, at: WallTime.now.seconds)
    tell()
    return families
  }

  func start() {
    loop.spawn { [collector] in await collector.watch.run(from: WallTime.now.seconds) }
  }

  func stop() { collector.watch.stop() }

  /// Logs that containers are left out, once for as long as that lasts.
  private func tell() {
    let isComplete = collector.problem == nil && collector.excess == 0
    if !isComplete, !hasTold {
      logger.warning(
        "containers left out",
        metadata: ["detail": "\(collector.problem?.description ?? "\(collector.excess) more than can be shown")"])
    }
    hasTold = !isComplete
  }
}
