import EventLoop
import Health
import Logging
import Metrics
import Scoring
import StatusPage

/// A source of metrics that is asked in the background.
///
/// To add one: its own file, a case of `CollectorKind`, and a line in AllCollectors.swift.
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
  /// What the last refresh told of the source itself, also where it failed.
  var status: [Family] { get }
  /// Tells the status page what people want to see at a glance.
  ///
  /// - Parameter taken: when the last successful refresh ended; nil where that is too long ago for what it brought to be
  ///   shown, or where there was none.
  func describe(in overview: inout Overview, taken: WallTime?)
  /// Adds what counts for the score.
  ///
  /// - Parameter isCurrent: whether what the last successful refresh brought is recent enough to count.
  func assess(_ facts: inout Facts, isCurrent: Bool)
  /// Begins what goes on between refreshes, as a listener or a subscription; called once, on the loop.
  ///
  /// - Throws: what keeps the whole service from starting, as an address that is taken.
  func start() throws(IOError)
  /// Ends what `start` began.
  func stop()
}

extension Collector {
  var status: [Family] { [] }
  func describe(in overview: inout Overview, taken: WallTime?) {}
  func assess(_ facts: inout Facts, isCurrent: Bool) {}
  func start() {}
  func stop() {}
}

/// The one task that refreshes a collector, and the newest result.
final class CollectorWorker: @unchecked Sendable {
  let name: String
  private(set) var isUp = false
  private(set) var errors = 0
  /// Failures since the last success.
  private var misses = 0
  private(set) var duration = Duration.zero
  /// When the last successful refresh ended, on the loop's clock and on the wall's.
  private(set) var lastSuccess: (instant: Instant, wall: WallTime)?

  private let collector: any Collector
  private let loop: EventLoop
  private var logger: Logger
  /// What the last successful refresh brought.
  private var families: [Family] = []
  /// These families with the source's status, and the status alone, as of the last refresh.
  private var whole = Section([])
  private var bare = Section([])
  private let timer: Waiter
  private var isStopped = false

  init(_ collector: any Collector, logger: Logger, on loop: EventLoop) {
    self.collector = collector
    name = collector.name
    self.loop = loop
    self.logger = logger
    self.logger[metadataKey: "collector"] = "\(collector.name)"
    timer = Waiter(on: loop)
  }

  /// The newest families and the source's status.
  ///
  /// The status alone once three refreshes in a row have failed, or a refresh hangs that would have been the third: old
  /// numbers must not look like new ones.
  var section: Section { isCurrent ? whole : bare }

  /// Whether a refresh has ended.
  var hasTried: Bool { lastSuccess != nil || errors > 0 }

  private var isCurrent: Bool {
    guard let lastSuccess, misses < 3 else { return false }
    return loop.now - lastSuccess.instant <= collector.interval * 3 + collector.timeout
  }

  /// Adds what the collector has for the status page, and how the collector itself does.
  func describe(in overview: inout Overview) {
    collector.describe(in: &overview, taken: isCurrent ? lastSuccess?.wall : nil)
    let isUp = hasTried ? isUp : nil
    overview.sources.append(.init(name: name, isUp: isUp, lastSuccess: lastSuccess?.wall))
  }

  /// Adds what counts for the score, and whether the collector has something recent to tell.
  func assess(_ facts: inout Facts) {
    collector.assess(&facts, isCurrent: isCurrent)
    facts.collectors.append(.init(name: name, isStale: hasTried && !isCurrent))
  }

  /// Begins what the collector does between refreshes.
  func start() throws(IOError) { try collector.start() }

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
    collector.stop()
  }

  private func refresh() async {
    let start = Instant.now
    do {
      families = try await collector.collect(before: start + collector.timeout)
      lastSuccess = (.now, .now)
      if !isUp { logger.notice("collector works", metadata: ["families": "\(families.count)"]) }
      isUp = true
      misses = 0
    } catch {
      errors += 1
      misses += 1
      // Told once, until it works again.
      if isUp || errors == 1 { logger.warning("collector failed", metadata: ["detail": "\(error)"]) }
      isUp = false
    }
    duration = .now - start
    // One section for both, as their names interleave: finished renderings are copied only where no other family belongs
    // between theirs.
    let status = collector.status
    whole = Section(families + status)
    bare = Section(status)
  }
}
