/// Writes the heads of responses.
///
/// It remembers the date as text, which changes once a second.
package struct ResponseWriter: Sendable {
  /// What a response says about the connection.
  package enum Connection: Sendable {
    /// Nothing: an HTTP/1.1 connection goes on.
    case persistent
    /// `keep-alive`, which an HTTP/1.0 client that asked for it must be told.
    case keepAlive
    /// `close`.
    case close
  }

  /// The Date field line of `dateTime`, or nothing before the first response.
  private var dateLine: [UInt8] = []
  private var dateTime = Int64.min

  package init() {}

  /// The field lines of a response that say nothing about the moment or the connection.
  ///
  /// A server makes them once for a response that it sends often. Neither type nor length is written where it is nil, and
  /// control characters in values become spaces.
  ///
  /// - Parameter contentLength: the size of the body in bytes; in an answer to HEAD, that of the answer to GET.
  package static func lines(contentType: String? = nil, contentLength: Int?, fields: [Field] = []) -> [UInt8] {
    var lines: [UInt8] = []
    if let contentType { lines.append(Field("Content-Type", contentType)) }
    if let contentLength {
      lines.append(text: "Content-Length: ")
      lines.append(decimal: contentLength)
      lines.append(text: "\r\n")
    }
    for field in fields { lines.append(field) }
    return lines
  }

  /// Appends a head to `output`, the empty line included.
  ///
  /// - Parameters:
  ///   - unixTime: the time for Date, in seconds since 1970.
  ///   - lines: what `lines` has made.
  package mutating func append(
    _ status: Status, at unixTime: Int64, connection: Connection = .persistent, lines: [UInt8], to output: inout [UInt8]
  ) {
    output.append(text: "HTTP/1.1 ")
    output.append(decimal: status.code)
    output.append(ASCII.space)
    output.append(text: status.reasonPhrase)
    output.append(text: "\r\n")
    if unixTime != dateTime { setDate(unixTime) }
    output.append(contentsOf: dateLine)
    switch connection {
    case .persistent: break
    case .keepAlive: output.append(text: "Connection: keep-alive\r\n")
    case .close: output.append(text: "Connection: close\r\n")
    }
    output.append(contentsOf: lines)
    output.append(text: "\r\n")
  }

  private mutating func setDate(_ unixTime: Int64) {
    dateTime = unixTime
    dateLine.removeAll(keepingCapacity: true)
    dateLine.append(text: "Date: ")
    IMFFixdate.append(unixTime, to: &dateLine)
    dateLine.append(text: "\r\n")
  }
}
