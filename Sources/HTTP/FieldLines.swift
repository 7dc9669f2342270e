/// The field lines of a head, up to and including the empty line (RFC 9112 section 5), read one by one.
///
/// The bytes may arrive in any pieces: every call gets the buffer from the message's first byte on, longer each time,
/// and the scan goes on where the last one stopped. What a prefix of a message yields depends on that prefix only.
///
/// Lines end in CRLF. RFC 9112 section 2.2 allows a recipient to take a bare LF for a line end; this one does not,
/// since a proxy in front that reads LF differently would see other fields or another message boundary than we do.
struct FieldLines: Sendable {
  enum Step {
    case incomplete
    /// A field.
    ///
    /// The value is without the white space around it.
    case field(name: Range<Int>, value: Range<Int>)
    /// The empty line.
    ///
    /// `position` is behind it.
    case end
  }

  private enum Phase {
    case lineStart, name, valueStart, value
  }

  /// The first byte not read yet.
  private(set) var position: Int
  private let limit: Int
  private var count = 0
  private var phase = Phase.lineStart
  private var nameStart = 0
  private var nameEnd = 0
  private var valueStart = 0

  /// Reads at most `limit` fields from `position` on.
  init(from position: Int, limit: Int) {
    self.position = position
    self.limit = limit
  }

  /// The next field, the end, or `incomplete` where `bytes` stop before either.
  @inline(__always)
  mutating func next(in bytes: UnsafeRawBufferPointer) throws(Rejection) -> Step {
    if phase == .lineStart {
      guard position < bytes.count else { return .incomplete }
      if bytes[position] == ASCII.cr {
        guard position + 1 < bytes.count else { return .incomplete }
        guard bytes[position + 1] == ASCII.lf else { throw .bareCR }
        position += 2
        return .end
      }
      // A continuation of the line before, obs-fold. A request with one is refused (RFC 9112 section 5.2).
      guard !bytes[position].isSpaceOrTab else { throw .foldedLine }
      guard count < limit else { throw .tooManyFields }
      count += 1
      nameStart = position
      phase = .name
    }
    if phase == .name {
      position = bytes.endOfToken(from: position)
      guard position < bytes.count else { return .incomplete }
      guard bytes[position] == UInt8(ascii: ":"), position > nameStart else {
        throw Self.nameRejection(bytes[position])
      }
      nameEnd = position
      position += 1
      phase = .valueStart
    }
    if phase == .valueStart {
      while position < bytes.count, bytes[position].isSpaceOrTab { position += 1 }
      guard position < bytes.count else { return .incomplete }
      valueStart = position
      phase = .value
    }
    position = bytes.endOfText(from: position)
    guard position < bytes.count else { return .incomplete }
    guard bytes[position] == ASCII.cr else {
      throw bytes[position] == ASCII.lf ? .bareLF : .controlCharacter
    }
    guard position + 1 < bytes.count else { return .incomplete }
    guard bytes[position + 1] == ASCII.lf else { throw .bareCR }
    var valueEnd = position
    while valueEnd > valueStart, bytes[valueEnd - 1].isSpaceOrTab { valueEnd -= 1 }
    position += 2
    phase = .lineStart
    return .field(
      name: Range(uncheckedBounds: (nameStart, nameEnd)), value: Range(uncheckedBounds: (valueStart, valueEnd)))
  }

  private static func nameRejection(_ byte: UInt8) -> Rejection {
    switch byte {
    case UInt8(ascii: ":"): .emptyFieldName
    case ASCII.space, ASCII.tab: .spaceBeforeColon
    case ASCII.lf: .bareLF
    case ASCII.cr: .missingColon
    default: .invalidFieldName
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The first byte from `start` on that is not of a token, or `count`.
  @inline(__always)
  func endOfToken(from start: Int) -> Int {
    var index = start
    while index < count, self[index].isToken { index += 1 }
    return index
  }

  /// The first byte from `start` on that may not be in a field value, or `count`: a control character other than the
  /// tab.
  @inline(__always)
  func endOfText(from start: Int) -> Int {
    var index = start
    while true {
      // Eight bytes at a time: of each byte the top bit is set where it is under 0x20 or is 0x7F. The subtraction may
      // mark bytes above the first such one wrongly, and only the first counts.
      while index + 8 <= count {
        let word = UInt64(littleEndian: loadUnaligned(fromByteOffset: index, as: UInt64.self))
        let isDelete = word ^ 0x7F7F_7F7F_7F7F_7F7F
        let marks =
          ((word &- 0x2020_2020_2020_2020) & ~word | (isDelete &- 0x0101_0101_0101_0101) & ~isDelete)
          & 0x8080_8080_8080_8080
        index += marks == 0 ? 8 : marks.trailingZeroBitCount / 8
        if marks != 0 { break }
      }
      while index < count, self[index] >= ASCII.space, self[index] != ASCII.delete { index += 1 }
      guard index < count, self[index] == ASCII.tab else { return index }
      index += 1
    }
  }
}
