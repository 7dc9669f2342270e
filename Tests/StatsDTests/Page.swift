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

  /// What a scraper reads, without any help of the tests': the fuzz target is built of this file alone.
  func page(_ format: Format = .text) -> String {
    var bytes: [UInt8] = []
    Exposition(sections: [], families: families()).render(format, into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
