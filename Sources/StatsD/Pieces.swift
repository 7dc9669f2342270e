/// The parts of a range of bytes that stand between separators, empty ones too.
struct Pieces: Sequence, IteratorProtocol {
  private let bytes: UnsafeRawBufferPointer
  private let separator: UInt8
  private var start: Int
  private let end: Int

  init(of range: Range<Int>, in bytes: UnsafeRawBufferPointer, separator: Unicode.Scalar) {
    self.bytes = bytes
    self.separator = UInt8(ascii: separator)
    start = range.lowerBound
    end = range.upperBound
  }

  mutating func next() -> Range<Int>? {
    guard start <= end else { return nil }
    var index = start
    while index < end, bytes[index] != separator { index += 1 }
    defer { start = index + 1 }
    return start..<index
  }
}

extension UnsafeRawBufferPointer {
  /// Whether `text` is all of the range.
  func has(_ text: StaticString, in range: Range<Int>) -> Bool {
    range.count == text.utf8CodeUnitCount && begins(with: text, in: range)
  }

  /// Whether the range begins with `text`.
  func begins(with text: StaticString, in range: Range<Int>) -> Bool {
    let count = text.utf8CodeUnitCount
    guard count <= range.count else { return false }
    for index in 0..<count where self[range.lowerBound + index] != text.utf8Start[index] { return false }
    return true
  }
}
