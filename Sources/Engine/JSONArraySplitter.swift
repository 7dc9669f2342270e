/// Cuts a JSON array of objects that arrives in pieces into its elements.
///
/// It looks at bytes only: where strings end and how deep brackets nest. Whether an element is JSON is for its decoder to
/// say; what is checked is that the whole is one array of objects, or `null`, which is how Go writes a list that was never
/// made. Nothing is kept but an element that the end of a piece cuts in two.
package struct JSONArraySplitter: Sendable {
  package enum Element: Equatable, Sendable {
    /// The element's bytes, as offsets into the piece.
    case inPiece(Range<Int>)
    /// The element began in an earlier piece: `carried` has all of it until the next call.
    case carried
  }

  package enum Failure: Error, Equatable, Sendable {
    /// The bytes are not an array of objects.
    case malformed
    /// An element is larger than the limit.
    case elementTooLarge
    /// The end of the body came before the array's.
    case truncated
  }

  private enum Phase: Equatable {
    case start
    /// Within `null`, of which so many letters have come.
    case null(Int)
    /// Behind `[`.
    case firstElement
    /// Behind a comma.
    case nextElement
    case inElement
    /// Behind an element.
    case separator
    case end
  }

  private let maximumElement: Int
  private var phase = Phase.start
  private var scanner = ObjectScanner()
  /// An element that no single piece holds.
  package private(set) var carried: [UInt8] = []

  /// A splitter that refuses elements of more than so many bytes.
  package init(maximumElement: Int = 4 * 1024 * 1024) { self.maximumElement = maximumElement }

  /// The next element in `bytes` from `offset` on, which is moved behind it; nil once all of `bytes` is used up.
  package mutating func next(_ bytes: UnsafeRawBufferPointer, from offset: inout Int) throws(Failure) -> Element? {
    if phase != .inElement {
      carried.removeAll(keepingCapacity: true)
      try skipToElement(bytes, &offset)
      guard phase == .inElement else { return nil }
    }
    let start = offset
    let isComplete = scanner.scan(bytes, from: &offset)
    guard carried.count + offset - start <= maximumElement else { throw .elementTooLarge }
    if isComplete {
      phase = .separator
      if carried.isEmpty { return .inPiece(start..<offset) }
      carried.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<offset]))
      return .carried
    }
    carried.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<offset]))
    return nil
  }

  /// Tells that no more bytes will come.
  package func finish() throws(Failure) {
    guard phase == .end else { throw .truncated }
  }

  /// Moves `offset` to the first byte of the next element, with `inElement` as the phase then, or to the end.
  private mutating func skipToElement(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) throws(Failure) {
    while offset < bytes.count {
      let byte = bytes[offset]
      switch (phase, byte) {
      case (.null(let count), _) where byte == Self.null[count]:
        phase = count == 3 ? .end : .null(count + 1)
      case (.null, _): throw .malformed
      case (_, UInt8(ascii: " ")), (_, UInt8(ascii: "\n")), (_, UInt8(ascii: "\r")), (_, UInt8(ascii: "\t")): break
      case (.start, UInt8(ascii: "[")): phase = .firstElement
      case (.start, Self.null[0]): phase = .null(1)
      case (.firstElement, UInt8(ascii: "{")), (.nextElement, UInt8(ascii: "{")):
        phase = .inElement
        return
      case (.firstElement, UInt8(ascii: "]")), (.separator, UInt8(ascii: "]")): phase = .end
      case (.separator, UInt8(ascii: ",")): phase = .nextElement
      default: throw .malformed
      }
      offset += 1
    }
  }

  private static let null = Array("null".utf8)
}

/// Finds the end of a JSON object by its brackets.
private struct ObjectScanner: Sendable {
  /// Brackets that are open.
  private var depth = 0
  private var isQuoted = false
  /// Whether the last byte was a backslash that escapes the next.
  private var isEscaped = false

  /// Goes on from `offset`, which is moved behind the object, or to the end where the object does not end here.
  ///
  /// - Returns: whether the object ended; the scanner is then ready for the next.
  mutating func scan(_ bytes: UnsafeRawBufferPointer, from offset: inout Int) -> Bool {
    var position = offset
    defer { offset = position }
    if isEscaped, position < bytes.count {
      position += 1
      isEscaped = false
    }
    while true {
      if isQuoted {
        position = bytes.endOfPlainText(from: position)
        guard position < bytes.count else { return false }
        if bytes[position] == UInt8(ascii: "\\") {
          isEscaped = position + 1 == bytes.count
          position = min(position + 2, bytes.count)
        } else {
          isQuoted = false
          position += 1
        }
      }
      if !isQuoted {
        position = bytes.firstBracketOrQuote(from: position)
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "\""): isQuoted = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        default: depth -= 1
        }
        position += 1
        if depth == 0 { return true }
      }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The first quote or backslash from `start` on, or `count`.
  @inline(__always)
  fileprivate func endOfPlainText(from start: Int) -> Int {
    var index = start
    while index + 8 <= count {
      let word = UInt64(littleEndian: loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let found = word.marks(of: UInt8(ascii: "\"")) | word.marks(of: UInt8(ascii: "\\"))
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < count, self[index] != UInt8(ascii: "\""), self[index] != UInt8(ascii: "\\") { index += 1 }
    return index
  }

  /// The first bracket of either kind, or quote, from `start` on, or `count`.
  @inline(__always)
  fileprivate func firstBracketOrQuote(from start: Int) -> Int {
    var index = start
    // The bit 0x20 is all that a square bracket lacks of a brace, and no other byte becomes one by it.
    while index + 8 <= count {
      let word = UInt64(littleEndian: loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let folded = word | 0x2020_2020_2020_2020
      let found =
        word.marks(of: UInt8(ascii: "\"")) | folded.marks(of: UInt8(ascii: "{")) | folded.marks(of: UInt8(ascii: "}"))
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < count {
      let folded = self[index] | 0x20
      if self[index] == UInt8(ascii: "\"") || folded == UInt8(ascii: "{") || folded == UInt8(ascii: "}") { break }
      index += 1
    }
    return index
  }
}

extension UInt64 {
  /// The top bit of each byte that equals `byte`.
  ///
  /// Bytes above the first such one may be marked wrongly.
  @inline(__always)
  fileprivate func marks(of byte: UInt8) -> UInt64 {
    let difference = self ^ UInt64(byte) &* 0x0101_0101_0101_0101
    return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
  }
}
