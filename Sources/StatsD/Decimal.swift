/// Decimal numbers as StatsD's clients write them.
enum Decimal {
  /// More than any client writes: the least Double with all its digits would have 1,074 of them.
  private static let maximumLength = 64
  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// The number that all of the range is: a sign or none, digits with a point or none, an exponent or none.
  ///
  /// - Returns: nil for everything else, as for NaN, infinity and white space, and for what no Double is large enough for.
  static func parse(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Double? {
    guard range.count <= maximumLength else { return nil }
    var index = range.lowerBound
    let end = range.upperBound
    var isNegative = false
    if index < end, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
      isNegative = bytes[index] == UInt8(ascii: "-")
      index += 1
    }
    var mantissa: UInt64 = 0
    var digits = 0
    var exponent = 0
    func takeDigits() {
      while index < end, case let digit = bytes[index] &- UInt8(ascii: "0"), digit < 10 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        digits += 1
        index += 1
      }
    }
    takeDigits()
    if index < end, bytes[index] == UInt8(ascii: ".") {
      index += 1
      let before = digits
      takeDigits()
      exponent = before - digits
    }
    guard digits > 0 else { return nil }
    if index < end {
      guard let written = parseExponent(bytes, index..<end) else { return nil }
      exponent += written
    }
    // With so few digits the mantissa is right, and where both are exact, so is their product or quotient, rounded once.
    if digits <= 18, mantissa <= 1 << 53, exponent.magnitude < powersOfTen.count {
      let power = powersOfTen[Int(exponent.magnitude)]
      let magnitude = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
      return isNegative ? -magnitude : magnitude
    }
    guard let value = Double(String(decoding: bytes[range], as: UTF8.self)), value.isFinite else { return nil }
    return value
  }

  /// What `e-05` adds to the exponent.
  private static func parseExponent(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
    var index = range.lowerBound
    guard bytes[index] | 0x20 == UInt8(ascii: "e") else { return nil }
    index += 1
    var isNegative = false
    if index < range.upperBound, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
      isNegative = bytes[index] == UInt8(ascii: "-")
      index += 1
    }
    guard index < range.upperBound else { return nil }
    var value = 0
    while index < range.upperBound {
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      value = min(value * 10 + Int(digit), 100_000)
      index += 1
    }
    return isNegative ? -value : value
  }
}
