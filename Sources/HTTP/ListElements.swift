/// The elements of a list in a field value, each without the white space around it (RFC 9110 section 5.6.1).
///
/// A separator inside a quoted string separates nothing. Empty elements are given as such.
package struct ListElements: Sequence, IteratorProtocol {
  private let bytes: UnsafeRawBufferPointer
  private let separator: UInt8
  private var position = 0
  private var isAtEnd = false

  /// The elements of `bytes` between commas, or between other separators where one is named.
  package init(_ bytes: UnsafeRawBufferPointer, separator: UInt8 = UInt8(ascii: ",")) {
    self.bytes = bytes
    self.separator = separator
  }

  package mutating func next() -> UnsafeRawBufferPointer? {
    guard !isAtEnd else { return nil }
    let start = position
    var isQuoted = false
    while position < bytes.count, isQuoted || bytes[position] != separator {
      switch bytes[position] {
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: "\\") where isQuoted: position += 1
      default: break
      }
      position += 1
    }
    // A backslash at the very end has moved the position beyond it.
    let end = Swift.min(position, bytes.count)
    isAtEnd = end == bytes.count
    position = end + 1
    return bytes.slice(start..<end).trimmed()
  }
}
