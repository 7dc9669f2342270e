import EventLoop
import Health
import Logging
import Metrics

/// A source of metrics that is asked in the background.
///
/// To add one: its own file, and a line in `Service.collectors`.
protocol Collector: Sendable {
  /// The `collector` label of what is told about it.
  var name: String { get }
  /// The time from one refresh to the next.
  var interval: Duration { get }
  /// How long a refresh may take.
  var timeout: Duration { get }
  /// Asks the source once.
  ///
  /// - Throws: what the log says; nothing of the error becomes a label.
  func collect(before deadline: Instant) async throws -> [Family]
  /// What is told of the source itself at every scrape, also while it fails.
  var status: [Family] { get }
}

extension Collector {
  var status: [Family] { [] }
}

/// The one task that refreshes a collector, and the newest result.
final class CollectorWorker: @unchecked Sendable {
  let name: String
  private(set) var isUp = false
  private(set) var errors = 0
  private(set) var duration = Duration.zero
  private(set) var lastSuccess: WallTimeAndInstant?

  private let collector: any Collector
  private let loop: EventLoop
  private var logger: Logger
  private var newest: Section?
  private let timer: Waiter
  private var isStopped = false

  typealias WallTimeAndInstant = (instant: Instant, seconds: Double)

  init(_ collector: any Collector, logger: Logger, on loop: EventLoop) {
    self.collector = collector
    name = collector.name
    self.loop = loop
    self.logger = logger
    self.logger[metadataKey: "collector"] = "\(collector.name)"
    timer = Waiter(on: loop)
  }

  /// The newest families; nil once three refreshes in a row have brought none: old numbers must not look like new ones.
  var section: Section? {
    guard let lastSuccess else { return nil }
    let bound = (collector.interval + collector.timeout) * 3
    return loop.now - lastSuccess.instant <= bound ? newest : nil
  }

  var status: [Family] { collector.status }

  /// Refreshes until `stop`.
  func run() async {
    while !isStopped {
      await refresh()
      _ = await timer.wait(until: loop.now + collector.interval)
    }
  }

  func stop() {
    isStopped = true
    timer.end()
  }

  private func refresh() async {
    let start = Instant.now
    do {
      let families = try await collector.collect(before: start + collector.timeout)
      newest = Section(families)
      lastSuccess = (.now, Double(WallTime.now.milliseconds) / 1000)
      if !isUp { logger.notice("collector works", metadata: ["families": "\(families.count)"]) }
      isUp = true
    } catch {
      errors += 1
      // Told once, until it works again.
      if isUp || errors == 1 { logger.warning("collector failed", metadata: ["detail": "\(error)"]) }
      isUp = false
    }
    duration = .now - start
  }
}
