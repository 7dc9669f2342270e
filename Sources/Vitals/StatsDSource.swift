import EventLoop
import Logging
import Metrics
import StatsD

/// What applications send of themselves by StatsD, as gunicorn does with `--statsd-host`.
final class StatsDSource: Collector, @unchecked Sendable {
  let name = "statsd"
  /// Datagrams are read as they come; this is how old the numbers may be.
  let interval = Duration.seconds(1)
  let timeout = Duration.seconds(1)

  /// The time between two log lines about what was refused.
  private static let silence = Duration.seconds(60)

  private let addresses: [SocketAddress]
  private let loop: EventLoop
  private let logger: Logger
  private let intake = Intake()
  private var receivers: [Receiver] = []
  /// Counts as of the last log line.
  private var told: [String: Int] = [:]
  private var silentUntil: Instant

  /// The source that `configuration` names; nil for none.
  init?(_ configuration: Configuration, logger: Logger, on loop: EventLoop) {
    guard !configuration.statsd.isEmpty else { return nil }
    addresses = configuration.statsd.map(\.address)
    self.loop = loop
    self.logger = logger
    silentUntil = loop.now
  }

  func start() throws(IOError) {
    do throws(IOError) {
      for address in addresses { receivers.append(try Receiver(at: address, into: intake, on: loop)) }
    } catch {
      stop()
      throw error
    }
    for receiver in receivers {
      logger.notice("receiving statsd", metadata: ["address": "\(receiver.address)"])
      loop.spawn { await receiver.run() }
    }
  }

  func stop() {
    for receiver in receivers { receiver.close() }
    receivers = []
  }

  func collect(before deadline: Instant) async throws -> [Family] {
    for receiver in receivers { receiver.countDropped() }
    tell()
    return intake.families()
  }

  /// Logs how much was refused since the last time, and nothing of what was in it: anybody can send anything.
  private func tell() {
    guard loop.now >= silentUntil else { return }
    var counts = Dictionary(uniqueKeysWithValues: intake.drops.map { ($0.reason.rawValue, $0.count) })
    counts["malformed"] = intake.malformed
    let news = counts.filter { $0.value > told[$0.key] ?? 0 }
    guard !news.isEmpty else { return }
    logger.warning(
      "statsd input refused",
      metadata: news.reduce(into: [:]) { $0[$1.key] = "\($1.value - (told[$1.key] ?? 0))" })
    told = counts
    silentUntil = loop.now + StatsDSource.silence
  }
}
