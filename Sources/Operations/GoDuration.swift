/// The durations of Docker's files, in the notation of the language that Docker is written in.
package enum GoDuration {
  /// `1h30m`, `1.5s`, `500ms`; nil of anything else.
  package static func parse(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    let units: [(String, Double)] = [
      ("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
    ]
    var rest = text[...]
    var seconds = 0.0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let letters = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(letters.count)
      guard let number = Double(digits), let unit = units.first(where: { $0.0 == letters }) else { return nil }
      seconds += number * unit.1
    }
    guard seconds < 1e10 else { return nil }
    return .nanoseconds(Int64((seconds * 1e9).rounded()))
  }
}
