import EventLoop

/// What the renderings of a report have in common.
extension [UInt8] {
  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { append(contentsOf: $0) }
  }

  /// Appends the last `count` decimal digits of `value`, which is not negative.
  mutating func append(digits value: Int64, _ count: Int) {
    if count > 1 { append(digits: value / 10, count - 1) }
    append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  /// Appends `value` in decimal.
  mutating func append(decimal value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(magnitude: value.magnitude)
  }

  private mutating func append(magnitude value: UInt64) {
    if value >= 10 { append(magnitude: value / 10) }
    append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  /// Appends `duration` in milliseconds, to the microsecond, without needless zeros: `2`, `1.84`, `0.031`.
  mutating func append(milliseconds duration: Duration) {
    let microseconds = Swift.max(0, duration.nanoseconds) / 1000
    append(decimal: microseconds / 1000)
    let fraction = microseconds % 1000
    if fraction == 0 { return }
    append(UInt8(ascii: "."))
    if fraction % 100 == 0 {
      append(digits: fraction / 100, 1)
    } else if fraction % 10 == 0 {
      append(digits: fraction / 10, 2)
    } else {
      append(digits: fraction, 3)
    }
  }
}
