/// Cuts an engine's log into frames, of which each is a line: eight bytes of a header, then what was written.
///
/// The header is the stream's number, three zeros, and the length in big-endian order. The bytes may arrive in pieces of any
/// length.
package struct LogDeframer: Sendable {
  package struct Frame: Equatable, Sendable {
    package var source: LogLine.Source
    /// With the line break, where the line has one: a long line comes in several frames.
    package var payload: [UInt8]

    package init(_ source: LogLine.Source, _ payload: [UInt8]) {
      self.source = source
      self.payload = payload
    }
  }

  package enum Failure: Error, Equatable, Sendable {
    /// The bytes are no frames; a container with a terminal has none.
    case malformed
    /// A frame is longer than the limit.
    case tooLong
    /// The stream ended within a frame.
    case truncated
  }

  private static let headerSize = 8
  private let limit: Int
  private var header: [UInt8] = []
  private var payload: [UInt8] = []
  /// How long the payload of the present frame is to be; nil before its header is complete.
  private var length: Int?

  /// A deframer that refuses lines of more than so many bytes; engines cut them at 16 KiB.
  package init(limit: Int = 1 << 20) { self.limit = limit }

  /// The next frame in `bytes` from `offset` on, which is moved behind it; nil once all of `bytes` is used up.
  package mutating func next(_ bytes: UnsafeRawBufferPointer, from offset: inout Int) throws(Failure) -> Frame? {
    if length == nil {
      let count = min(LogDeframer.headerSize - header.count, bytes.count - offset)
      header.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
      offset += count
      guard header.count == LogDeframer.headerSize else { return nil }
      guard header[0] <= 3, header[1...3].allSatisfy({ $0 == 0 }) else { throw .malformed }
      let announced = header[4...].reduce(0) { $0 << 8 | Int($1) }
      guard announced <= limit else { throw .tooLong }
      length = announced
    }
    guard let length else { return nil }
    let count = min(length - payload.count, bytes.count - offset)
    payload.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
    offset += count
    guard payload.count == length else { return nil }
    // What a container reads would have the number 0, and no engine sends it.
    let frame = Frame(LogLine.Source(rawValue: header[0]) ?? .stdout, payload)
    self.length = nil
    header = []
    payload = []
    return frame
  }

  /// Tells that no more bytes will come.
  package func finish() throws(Failure) {
    guard header.isEmpty else { throw .truncated }
  }
}
