/// The characters that the grammar gives a meaning.
enum ASCII {
  static let tab: UInt8 = 0x09
  static let lf: UInt8 = 0x0A
  static let cr: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let delete: UInt8 = 0x7F
}

extension UInt8 {
  /// Optional white space, OWS of RFC 9110 section 5.6.3.
  @inline(__always) var isSpaceOrTab: Bool { self == ASCII.space || self == ASCII.tab }

  @inline(__always) var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

  /// A character of a token, tchar of RFC 9110 section 5.6.2.
  @inline(__always) var isToken: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
      UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// The value of a hexadecimal digit, or nil.
  var hexValue: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// The lower-case letter of an ASCII letter, any other byte itself.
  @inline(__always) var lowercased: UInt8 {
    self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes of `range`, with indices from 0.
  @inline(__always) package func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[range])
  }

  /// Whether these are exactly the bytes of `text`.
  @inline(__always) package func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where self[index] != text.utf8Start[index] { return false }
    return true
  }

  /// Whether these are the bytes of `text`, which is in lower case, whatever the case of the letters here.
  @inline(__always) package func equalsIgnoringCase(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where self[index].lowercased != text.utf8Start[index] { return false }
    return true
  }

  /// Whether two names are the same but for the case of ASCII letters.
  func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    for index in 0..<count where self[index].lowercased != other[index].lowercased { return false }
    return true
  }

  /// The place of the first `byte`, or nil.
  @inline(__always) func index(of byte: UInt8) -> Int? {
    for index in 0..<count where self[index] == byte { return index }
    return nil
  }

  /// The bytes before the first `byte` and those after it; all of them and none where there is no such byte.
  func cut(at byte: UInt8) -> (before: UnsafeRawBufferPointer, after: UnsafeRawBufferPointer) {
    guard let index = index(of: byte) else { return (self, slice(count..<count)) }
    return (slice(0..<index), slice(index + 1..<count))
  }

  /// These bytes without the white space around them.
  func trimmed() -> UnsafeRawBufferPointer {
    var (start, end) = (0, count)
    while start < end, self[start].isSpaceOrTab { start += 1 }
    while end > start, self[end - 1].isSpaceOrTab { end -= 1 }
    return slice(start..<end)
  }
}
