/// The pieces of which heads are written.
extension [UInt8] {
  mutating func append(text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends `value` with a space for every control character.
  mutating func append(sanitized value: String) {
    let start = count
    append(contentsOf: value.utf8)
    for index in start..<count where self[index] < ASCII.space || self[index] == ASCII.delete {
      self[index] = ASCII.space
    }
  }

  /// Appends a number that is not negative, in decimal digits.
  mutating func append(decimal number: Int) {
    var (rest, unit) = (number, 1)
    while rest / unit >= 10 { unit *= 10 }
    while unit > 0 {
      append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest / unit))
      rest %= unit
      unit /= 10
    }
  }
}
