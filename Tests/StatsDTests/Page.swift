import EventLoop
import Metrics
import StatsD

extension Intake {
  /// Takes a datagram in one go.
  func take(_ text: String, at seconds: Int = 0) { take(Array(text.utf8), at: seconds) }

  /// Takes a datagram, of which no more than `budget` bytes at a time.
  func take(_ bytes: [UInt8], budget: Int = .max / 2, at seconds: Int = 0) {
    countPacket()
    // Memory of exactly this size, so that an address sanitizer sees a read beyond.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    var offset = 0
    while offset < bytes.count {
      take(
        UnsafeRawBufferPointer(memory), from: &offset, budget: budget,
        at: Instant(nanoseconds: Int64(seconds) * 1_000_000_000))
    }
  }

  /// What a scraper reads.
  func page(_ format: Format = .text) -> String {
    var bytes: [UInt8] = []
    Exposition(sections: [], families: families()).render(format, into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The samples without those about the receiving itself.
  var samples: [String] {
    page().split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") && !$0.hasPrefix("vitals_statsd_") }
  }

  /// The value of a series.
  func value(_ series: String) -> Double? {
    page().split(separator: "\n").first { $0.hasPrefix(series + " ") }.flatMap {
      Double($0.dropFirst(series.count + 1))
    }
  }

  /// What was dropped, by reason, without the reasons for which nothing was.
  var droppedLines: [String: Int] {
    Dictionary(uniqueKeysWithValues: drops.filter { $0.count > 0 }.map { ($0.reason.rawValue, $0.count) })
  }
}
