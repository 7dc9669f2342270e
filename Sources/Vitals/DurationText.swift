import EventLoop

/// Durations as people write them in flags and stack files: `250ms`, `5s`, `1m30s`, `2h`.
///
/// The form of Go's time.ParseDuration, and so of Docker's and Prometheus' settings, without fractions and signs.
package enum DurationText {
  private static let units: [(name: String, duration: Duration)] = [
    ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
  ]

  /// Nil where `text` is no duration, or one beyond a hundred years.
  package static func parse(_ text: String) -> Duration? {
    var rest = text[...]
    var total = Duration.zero
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let letters = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(letters.count)
      guard let count = Int32(digits), let unit = units.first(where: { $0.name == letters }) else { return nil }
      total += unit.duration * Int(count)
    }
    return total <= .seconds(100 * 365 * 86_400) ? total : nil
  }

  /// The shortest text that `parse` reads as `duration`, to the millisecond.
  package static func describe(_ duration: Duration) -> String {
    var milliseconds = duration.nanoseconds / 1_000_000
    guard milliseconds > 0 else { return "0s" }
    var text = ""
    for (name, size) in [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] as [(String, Int64)] {
      if milliseconds >= size { text += "\(milliseconds / size)\(name)" }
      milliseconds %= size
    }
    return text
  }
}
