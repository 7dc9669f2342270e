/// Collects and reads the head of a response, and skips the interim responses before it.
struct ResponseHeadReader: Sendable {
  private static let maximumFields = 1000

  /// All bytes so far, those of interim responses too, at most `ResponseParser.maximumHead`.
  private var buffer: [UInt8] = []
  /// The first byte of the head being read.
  private var start = 0
  /// The first byte not scanned yet, while in the status line.
  private var position = 0
  private var isInFields = false
  private var version = Version.http11
  private var status = 0
  private var lines = FieldLines(from: 0, limit: 0)
  private var fields: [Field] = []
  private var framing = Framing()

  /// Whether no byte has come.
  var isUntouched: Bool { buffer.isEmpty }

  /// Takes in `bytes` from `offset` on, which is moved behind the head; nil where all is used up and the head
  /// incomplete.
  mutating func read(
    _ bytes: UnsafeRawBufferPointer, from offset: inout Int, method: Method
  ) throws(Rejection) -> ResponseHead? {
    let before = buffer.count
    let taken = min(bytes.count - offset, ResponseParser.maximumHead - before)
    buffer.append(contentsOf: bytes[offset..<offset + taken])
    while try readLines() {
      let head = try ResponseHead(version: version, status: status, fields: fields, framing: framing, method: method)
      if status >= 200 || status == 101 {
        offset += lines.position - before
        buffer = []
        return head
      }
      (start, position, isInFields) = (lines.position, lines.position, false)
      (fields, framing) = ([], Framing())
    }
    guard buffer.count < ResponseParser.maximumHead else { throw .headTooLarge }
    offset += taken
    return nil
  }

  /// Reads up to the empty line.
  ///
  /// False where the buffer ends before it does.
  private mutating func readLines() throws(Rejection) -> Bool {
    let buffer = buffer
    return try buffer.span.bytes.withUnsafeBytes { bytes throws(Rejection) in
      if !isInFields {
        guard try readStatusLine(bytes) else { return false }
        lines = FieldLines(from: position, limit: Self.maximumFields)
        isInFields = true
      }
      while true {
        switch try lines.next(in: bytes) {
        case .incomplete: return false
        case .end: return true
        case .field(let name, let value): try note(bytes.slice(name), bytes.slice(value))
        }
      }
    }
  }

  private mutating func readStatusLine(_ bytes: UnsafeRawBufferPointer) throws(Rejection) -> Bool {
    position = bytes.endOfText(from: position)
    guard position < bytes.count else { return false }
    guard bytes[position] == ASCII.cr else { throw .malformedStatusLine }
    guard position + 1 < bytes.count else { return false }
    guard bytes[position + 1] == ASCII.lf else { throw .bareCR }
    try takeStatusLine(bytes.slice(start..<position))
    position += 2
    return true
  }

  /// Takes a line such as `HTTP/1.1 200 OK`.
  ///
  /// The reason, and the space before it, may be missing.
  private mutating func takeStatusLine(_ line: UnsafeRawBufferPointer) throws(Rejection) {
    let pattern: StaticString = "HTTP/d.d ddd "
    guard line.count >= pattern.utf8CodeUnitCount - 1 else { throw .malformedStatusLine }
    for index in 0..<min(line.count, pattern.utf8CodeUnitCount) {
      let expected = pattern.utf8Start[index]
      guard line[index] == expected || (expected == UInt8(ascii: "d") && line[index].isDigit) else {
        throw .malformedStatusLine
      }
    }
    guard line[5] == UInt8(ascii: "1") else { throw .versionNotSupported }
    version = line[7] == UInt8(ascii: "0") ? .http10 : .http11
    status = line[9..<12].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    guard status >= 100 else { throw .malformedStatusLine }
  }

  private mutating func note(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(Rejection) {
    fields.append(
      Field(String(decoding: name.map(\.lowercased), as: UTF8.self), String(decoding: value, as: UTF8.self)))
    switch FieldName(name) {
    case .connection: framing.noteConnection(value)
    case .contentLength: try framing.noteContentLength(value)
    case .transferEncoding: try framing.noteTransferEncoding(value)
    default: break
    }
  }
}
