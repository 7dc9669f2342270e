/// Takes apart what the engine makes of a container's outputs where it has no terminal: frames of eight bytes, which say
/// whose output follows and how much of it, and the output itself.
///
/// The frames may come in pieces of any size, and are handed over in pieces.
package struct Frames: Sendable {
  /// Whose bytes a frame holds.
  package enum Source: UInt8, Sendable {
    case stdin = 0
    case stdout = 1
    case stderr = 2
    /// The engine itself, which says why it can't go on.
    case engine = 3
  }

  /// A header that is none: the stream is something else, such as a terminal's.
  package struct Malformed: Error, Equatable {}

  private static let headerSize = 8

  private var source = Source.stdout
  /// What is left of the present frame.
  private var remaining = 0
  /// The beginning of a header, while it is not complete.
  private var header: [UInt8] = []

  package init() {}

  /// Whether a frame has just ended, so that the stream may end too.
  package var isComplete: Bool { remaining == 0 && header.isEmpty }

  /// The next bytes of a frame in `bytes` from `offset` on, which is moved behind them; nil once all of `bytes` is used
  /// up.
  ///
  /// - Returns: whose they are, and where in `bytes`.
  package mutating func next(
    _ bytes: UnsafeRawBufferPointer, from offset: inout Int
  ) throws(Malformed) -> (source: Source, range: Range<Int>)? {
    while offset < bytes.count {
      if remaining > 0 {
        let range = offset..<offset + min(remaining, bytes.count - offset)
        remaining -= range.count
        offset = range.upperBound
        return (source, range)
      }
      header.append(bytes[offset])
      offset += 1
      if header.count == Frames.headerSize { try readHeader() }
    }
    return nil
  }

  private mutating func readHeader() throws(Malformed) {
    guard let source = Source(rawValue: header[0]), header[1...3].allSatisfy({ $0 == 0 }) else { throw Malformed() }
    self.source = source
    remaining = header[4...].reduce(0) { $0 << 8 | Int($1) }
    header.removeAll(keepingCapacity: true)
  }
}
