/// Durations as people write them in flags and stack files: `250ms`, `5s`, `1m30s`, `1.5h`.
///
/// The form of Go's time.ParseDuration, and so of Docker's and Prometheus' settings, without signs.
package enum DurationText {
  private static let nanoseconds: [Substring: Double] = [
    "ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
  ]
  private static let limit = 100 * 365 * 86_400e9

  /// Nil where `text` is no duration, or one beyond a hundred years.
  package static func parse(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    var rest = text[...]
    var total = Duration.zero
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let letters = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(letters.count)
      guard let number = Double(digits), let unit = nanoseconds[letters], number * unit <= limit else { return nil }
      total += .nanoseconds(Int64((number * unit).rounded()))
    }
    return total.nanoseconds <= Int64(limit) ? total : nil
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
