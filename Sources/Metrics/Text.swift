/// How both formats write text and numbers.
extension [UInt8] {
  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { append(contentsOf: $0) }
  }

  /// Appends `text` with backslash and newline escaped, and `"` as well where `quotes` says so.
  mutating func append(escaping text: String, quotes: Bool) {
    let isPlain = text.utf8.allSatisfy {
      $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\"")
    }
    if isPlain { return append(contentsOf: text.utf8) }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): append(contentsOf: #"\\"#.utf8)
      case UInt8(ascii: "\n"): append(contentsOf: #"\n"#.utf8)
      case UInt8(ascii: "\"") where quotes: append(contentsOf: #"\""#.utf8)
      default: append(byte)
      }
    }
  }

  /// Appends a sample's value: the shortest text that reads back as the same number, integers up to 2^53 without
  /// point or exponent, and `NaN`, `+Inf`, `-Inf`.
  mutating func append(value: Double) {
    // NaN compares as false with every number, so it gets as far as the last branch.
    if value.magnitude <= 0x1p53, value == value.rounded(.towardZero) {
      if value < 0 { append(UInt8(ascii: "-")) }
      append(decimal: UInt64(value.magnitude))
    } else if value.isFinite {
      append(contentsOf: value.description.utf8)
    } else {
      append(contentsOf: (value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf").utf8)
    }
  }

  private mutating func append(decimal value: UInt64) {
    if value >= 10 { append(decimal: value / 10) }
    append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  /// Appends a bucket's bound as OpenMetrics' canonical number: `0.5`, `1.0`, `1e+06`, `+Inf`.
  ///
  /// The label is part of the series' name, so both formats write it alike.
  mutating func append(bound: Double) {
    if bound.isInfinite { return append(value: bound) }
    if bound < 0 { append(UInt8(ascii: "-")) }
    let digits = bound.magnitude.description
    // Like C's %g, the canonical form has an exponent from 10^6 on; Swift writes one only from 2^54 on.
    guard bound.magnitude >= 1e6, let point = digits.firstIndex(of: "."), !digits.contains("e") else {
      return append(contentsOf: digits.utf8)
    }
    let exponent = digits.distance(from: digits.startIndex, to: point) - 1
    var mantissa = digits.filter { $0 != "." }
    while mantissa.hasSuffix("0") { mantissa.removeLast() }
    append(contentsOf: mantissa.prefix(1).utf8)
    if mantissa.count > 1 {
      append(UInt8(ascii: "."))
      append(contentsOf: mantissa.dropFirst().utf8)
    }
    append(contentsOf: (exponent < 10 ? "e+0" : "e+").utf8)
    append(contentsOf: exponent.description.utf8)
  }
}
