/// Reads the heads of requests, one after the other (RFC 9112 sections 2 to 6).
///
/// Every call gets the bytes from the first one of the request on, each time at least as many as before. The scan goes
/// on where it stopped, so a request that comes byte by byte costs no more scanning than one that comes whole. The
/// outcome depends on the bytes alone, not on how they were cut; what follows the head is not looked at.
///
/// The parser is strict where RFC 9112 lets it choose: lines end in CRLF, one space stands between the parts of the
/// request line, and a message whose length two readers might see differently is refused.
package struct RequestParser: Sendable {
  package enum Outcome: Equatable, Sendable {
    /// The head is not all there, and nothing is wrong with it so far.
    case incomplete
    /// A head of `consumed` bytes, the empty line included.
    ///
    /// The body follows. The parser is ready for the next request.
    case complete(RequestHead, consumed: Int)
    /// Not a request that can be served.
    ///
    /// The parser is not to be used again.
    case rejected(Rejection)
  }

  private enum Phase {
    case start, method, target, version, fields
  }

  /// RFC 9112 section 2.2 asks to skip an empty line or so before a request: old clients sent one after a body.
  private static let maximumEmptyLines = 4
  /// The longest token that is waited for.
  ///
  /// The longest registered method has 17 characters.
  private static let maximumMethod = 32

  package let limits: Limits
  private var phase = Phase.start
  /// The first byte not scanned yet.
  private var position = 0
  /// The first byte of the part of the request line that `position` is in.
  private var start = 0
  private var isMethodKnown = false
  private var emptyLines = 0
  private var lines: FieldLines
  private var facts = RequestFacts()

  package init(limits: Limits = Limits()) {
    self.limits = limits
    lines = FieldLines(from: 0, limit: limits.fields)
  }

  /// Goes on with the request that starts at `bytes[0]`.
  package mutating func parse(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    // Nothing beyond the limit is ever read, so that a large piece is judged like many small ones.
    let window = UnsafeRawBufferPointer(start: bytes.baseAddress, count: min(bytes.count, limits.headerBlock))
    do throws(Rejection) {
      if try readRequestLine(window), try readFields(window) {
        try facts.conclude(limits)
        let outcome = Outcome.complete(facts.known, consumed: lines.position)
        self = RequestParser(limits: limits)
        return outcome
      }
    } catch {
      return .rejected(error)
    }
    return bytes.count < limits.headerBlock ? .incomplete : .rejected(phase == .target ? .targetTooLong : .headTooLarge)
  }

  /// Reads up to the end of the request line.
  ///
  /// False where the bytes end before it does.
  @inline(__always)
  private mutating func readRequestLine(_ bytes: UnsafeRawBufferPointer) throws(Rejection) -> Bool {
    if phase == .start {
      guard try skipEmptyLines(bytes) else { return false }
      start = position
      phase = .method
    }
    if phase == .method {
      guard try readMethod(bytes) else { return false }
      start = position
      phase = .target
    }
    if phase == .target {
      guard try readTarget(bytes) else { return false }
      start = position
      phase = .version
    }
    if phase == .version {
      guard try readVersion(bytes) else { return false }
      lines = FieldLines(from: position, limit: limits.fields)
      phase = .fields
    }
    return true
  }

  private mutating func skipEmptyLines(_ bytes: UnsafeRawBufferPointer) throws(Rejection) -> Bool {
    while position < bytes.count {
      guard bytes[position] == ASCII.cr else { return true }
      guard emptyLines < Self.maximumEmptyLines else { throw .emptyLines }
      guard position + 1 < bytes.count else { return false }
      guard bytes[position + 1] == ASCII.lf else { throw .bareCR }
      emptyLines += 1
      position += 2
    }
    return false
  }

  @inline(__always)
  private mutating func readMethod(_ bytes: UnsafeRawBufferPointer) throws(Rejection) -> Bool {
    let end = min(bytes.count, start + Self.maximumMethod + 1)
    while position < end, bytes[position].isToken { position += 1 }
    guard position - start <= Self.maximumMethod else { throw .methodNotImplemented }
    guard position < bytes.count else { return false }
    guard bytes[position] == ASCII.space, position > start else {
      throw bytes[position] == ASCII.lf ? .bareLF : .malformedMethod
    }
    if let method = Method(bytes.slice(start..<position)) {
      facts.known.method = method
      isMethodKnown = true
    }
    position += 1
    return true
  }

  @inline(__always)
  private mutating func readTarget(_ bytes: UnsafeRawBufferPointer) throws(Rejection) -> Bool {
    let end = min(bytes.count, start + limits.target + 1)
    while position < end, bytes[position] &- 0x21 < 0x5E { position += 1 }
    guard position - start <= limits.target else { throw .targetTooLong }
    guard position < bytes.count else { return false }
    guard bytes[position] == ASCII.space else {
      throw bytes[position] == ASCII.cr || bytes[position] == ASCII.lf ? .missingVersion : .malformedTarget
    }
    facts.known.extents.target.setIfNone(Range(uncheckedBounds: (start, position)))
    try RequestTarget.validate(bytes.slice(start..<position), for: isMethodKnown ? facts.known.method : nil)
    position += 1
    return true
  }

  /// Reads `HTTP/1.1` and the line's end, which are short enough to be read again when they come in pieces.
  @inline(__always)
  private mutating func readVersion(_ bytes: UnsafeRawBufferPointer) throws(Rejection) -> Bool {
    let pattern: StaticString = "HTTP/d.d\r\n"
    for offset in 0..<pattern.utf8CodeUnitCount {
      guard start + offset < bytes.count else { return false }
      let (byte, expected) = (bytes[start + offset], pattern.utf8Start[offset])
      guard byte == expected || (expected == UInt8(ascii: "d") && byte.isDigit) else {
        switch (byte, offset) {
        case (ASCII.lf, 8): throw .bareLF
        case (_, 9): throw .bareCR
        default: throw .malformedVersion
        }
      }
    }
    guard bytes[start + 5] == UInt8(ascii: "1") else { throw .versionNotSupported }
    guard isMethodKnown else { throw .methodNotImplemented }
    facts.known.version = bytes[start + 7] == UInt8(ascii: "0") ? .http10 : .http11
    position = start + pattern.utf8CodeUnitCount
    return true
  }

  /// Reads the fields and the empty line.
  ///
  /// False where the bytes end before it does.
  @inline(__always)
  private mutating func readFields(_ bytes: UnsafeRawBufferPointer) throws(Rejection) -> Bool {
    while true {
      switch try lines.next(in: bytes) {
      case .incomplete: return false
      case .end: return true
      case .field(let name, let value):
        if let name = FieldName(bytes.slice(name)) { try facts.note(name, value, in: bytes) }
      }
    }
  }
}
