/// Removes the chunked coding of a body (RFC 9112 section 7.1), whatever the pieces in which it comes.
///
/// Sizes are plain hexadecimal digits and lines end in CRLF; white space around a size is refused. Extensions and
/// trailers are skipped, and bounded: a body of one-byte chunks with long extensions would otherwise cost much and
/// carry little.
package struct ChunkedDecoder: Sendable {
  package enum Event: Equatable, Sendable {
    /// The next bytes of the body, as offsets into the piece.
    case data(Range<Int>)
    /// The body is complete.
    ///
    /// What follows in the piece belongs to the next message.
    case end
  }

  /// All sizes are bytes and hold for the whole body.
  package struct Limits: Equatable, Sendable {
    /// The content, with the coding removed.
    package var body = Int.max
    /// All chunk extensions together.
    package var extensions = 4 * 1024
    /// All trailer lines together.
    package var trailers = 16 * 1024

    package init() {}
  }

  private enum Phase {
    case size, extensions, sizeEnd, data, dataCR, dataLF, trailerStart, trailer, trailerLineEnd, lastLF, done
  }

  /// As many as the size of anything on a 64-bit machine takes.
  private static let maximumDigits = 16

  private let limits: Limits
  private var phase = Phase.size
  private var digits = 0
  /// The size while it is read, then what is left of the chunk.
  private var remaining = 0
  private var bodyCount = 0
  private var extensionsCount = 0
  private var trailersCount = 0

  package init(limits: Limits = Limits()) {
    self.limits = limits
  }

  /// The next event in `bytes` from `offset` on, which is moved behind it; nil once all of `bytes` is used up.
  ///
  /// After `end` it returns nil and leaves `offset` alone.
  package mutating func next(
    _ bytes: UnsafeRawBufferPointer, from offset: inout Int
  ) throws(Rejection) -> Event? {
    while offset < bytes.count, phase != .done {
      if phase == .data {
        let count = min(remaining, bytes.count - offset)
        let start = offset
        offset += count
        remaining -= count
        if remaining == 0 { phase = .dataCR }
        return .data(start..<offset)
      }
      try take(bytes[offset])
      offset += 1
      if phase == .done { return .end }
    }
    return nil
  }

  /// Takes one byte of the coding.
  private mutating func take(_ byte: UInt8) throws(Rejection) {
    switch phase {
    case .size: try takeSize(byte)
    case .extensions:
      try count(&extensionsCount, upTo: limits.extensions, else: .chunkExtensionsTooLarge)
      if byte == ASCII.cr { phase = .sizeEnd } else { try checkText(byte) }
    case .sizeEnd:
      guard byte == ASCII.lf else { throw .bareCR }
      phase = remaining == 0 ? .trailerStart : .data
      digits = 0
    case .dataCR:
      guard byte == ASCII.cr else { throw .chunkNotTerminated }
      phase = .dataLF
    case .dataLF:
      guard byte == ASCII.lf else { throw .chunkNotTerminated }
      phase = .size
    case .trailerStart:
      guard byte != ASCII.cr else { return phase = .lastLF }
      phase = .trailer
      try takeTrailer(byte)
    case .trailer: try takeTrailer(byte)
    case .trailerLineEnd:
      guard byte == ASCII.lf else { throw .bareCR }
      phase = .trailerStart
    case .lastLF:
      guard byte == ASCII.lf else { throw .bareCR }
      phase = .done
    case .data, .done: break
    }
  }

  private mutating func takeSize(_ byte: UInt8) throws(Rejection) {
    if let digit = byte.hexValue {
      digits += 1
      guard digits <= Self.maximumDigits else { throw .malformedChunkSize }
      guard remaining <= (limits.body - bodyCount) >> 4 else { throw .bodyTooLarge }
      remaining = remaining << 4 | Int(digit)
      guard remaining <= limits.body - bodyCount else { throw .bodyTooLarge }
      return
    }
    guard digits > 0, byte == ASCII.cr || byte == UInt8(ascii: ";") else {
      throw byte == ASCII.lf && digits > 0 ? .bareLF : .malformedChunkSize
    }
    bodyCount += remaining
    phase = byte == ASCII.cr ? .sizeEnd : .extensions
  }

  private mutating func takeTrailer(_ byte: UInt8) throws(Rejection) {
    try count(&trailersCount, upTo: limits.trailers, else: .trailersTooLarge)
    if byte == ASCII.cr { phase = .trailerLineEnd } else { try checkText(byte) }
  }

  private func count(_ counter: inout Int, upTo limit: Int, else rejection: Rejection) throws(Rejection) {
    counter += 1
    guard counter <= limit else { throw rejection }
  }

  private func checkText(_ byte: UInt8) throws(Rejection) {
    guard byte != ASCII.lf else { throw .bareLF }
    guard byte >= ASCII.space && byte != ASCII.delete || byte == ASCII.tab else { throw .controlCharacter }
  }
}
