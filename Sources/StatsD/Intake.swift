package import EventLoop
import Glibc
package import Metrics

/// Takes datagrams apart, gives their samples to the registry, and counts what came of them.
package final class Intake {
  private let registry: Registry
  // Both are of the line that is taken, in memory that is used again.
  private var identity: Identity
  private var values: [Line.Value] = []
  private var packets = 0
  private var samples = 0
  /// Lines that are not written as StatsD's are.
  package private(set) var malformed = 0
  private var dropped: [DropReason: Int] = [:]

  package init(limits: Limits = Limits()) {
    registry = Registry(limits: limits)
    identity = Identity(limits: limits)
  }

  /// Counts a datagram, whose lines are then taken.
  package func countPacket() { packets += 1 }

  /// Counts what was thrown away.
  package func drop(_ reason: DropReason, count: Int = 1) { dropped[reason, default: 0] += count }

  /// How much was thrown away, by reason, each of which is there from the start.
  package var drops: [(reason: DropReason, count: Int)] {
    DropReason.allCases.map { (reason: $0, count: dropped[$0, default: 0]) }
  }

  /// Takes the lines from `offset` on, until all are taken or `budget` bytes and the line that goes beyond.
  package func take(
    _ datagram: UnsafeRawBufferPointer, from offset: inout Int, budget: Int, at now: Instant
  ) {
    let stop = min(datagram.count, offset + budget)
    while offset < stop, let base = datagram.baseAddress {
      let rest = datagram.count - offset
      let end = memchr(base + offset, Int32(UInt8(ascii: "\n")), rest).map {
        $0 - UnsafeMutableRawPointer(mutating: base)
      }
      var line = UnsafeRawBufferPointer(rebasing: datagram[offset..<(end ?? datagram.count)])
      offset += line.count + 1
      if line.last == UInt8(ascii: "\r") { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
      if !line.isEmpty { take(line, at: now) }
    }
    offset = min(offset, datagram.count)
  }

  private func take(_ bytes: UnsafeRawBufferPointer, at now: Instant) {
    switch Line.read(bytes, into: &values) {
    case .event: drop(.event)
    case .serviceCheck: drop(.serviceCheck)
    case .set: drop(.set)
    case .malformed: malformed += 1
    case .samples(let line):
      do throws(Refusal) {
        try take(line, of: bytes, at: now)
      } catch {
        switch error {
        case .malformed: malformed += 1
        case .dropped(let reason): drop(reason)
        }
      }
    }
  }

  private func take(_ line: Line, of bytes: UnsafeRawBufferPointer, at now: Instant) throws(Refusal) {
    if line.kind != .gauge, values.contains(where: { $0.number < 0 }) { throw .dropped(.negative) }
    try identity.read(line, in: bytes)
    let series = try registry.series(identity, kind: line.kind, at: now)
    for value in values {
      guard series.add(value, rate: line.rate) else { throw .dropped(.overflow) }
      samples += 1
    }
  }

  /// All that was received, and what is to be said of receiving it.
  package func families() -> [Family] { registry.families() + ownFamilies() }

  private func ownFamilies() -> [Family] {
    var packets = Family("vitals_statsd_packets_total", .counter, help: "StatsD datagrams received.")
    packets.add(self.packets)
    var samples = Family("vitals_statsd_samples_total", .counter, help: "StatsD samples taken.")
    samples.add(self.samples)
    var malformed = Family(
      "vitals_statsd_malformed_lines_total", .counter, help: "Lines that are not written as StatsD's are.")
    malformed.add(self.malformed)
    var dropped = Family(
      "vitals_statsd_dropped_total", .counter, help: "StatsD lines dropped, by reason; of socket, whole datagrams.")
    for (reason, count) in drops { dropped.add(count, ["reason": reason.rawValue]) }
    var series = Family("vitals_statsd_series", .gauge, help: "Series that StatsD samples made.")
    series.add(registry.lines)
    return [packets, samples, malformed, dropped, series]
  }
}
