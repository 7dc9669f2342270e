/// The pieces of which heads are written.
extension [UInt8] {
  mutating func append(text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a field line.
  ///
  /// Control characters become spaces, so that no value, whatever it comes from, can end the line and start another.
  mutating func append(_ field: Field) {
    append(value: field.name)
    append(text: ": ")
    append(value: field.value)
    append(text: "\r\n")
  }

  private mutating func append(value: String) {
    let start = count
    append(contentsOf: value.utf8)
    for index in start..<count where self[index] < ASCII.space || self[index] == ASCII.delete {
      self[index] = ASCII.space
    }
  }

  /// Appends a number that is not negative, in decimal digits.
  mutating func append(decimal number: Int) {
    let start = count
    var rest = number
    repeat {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    self[start...].reverse()
  }
}
