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

  /// The end of the status line and the Date field line of `dateTime`, or nothing before the first response.
  private var dateLine: [UInt8] = []
  private var dateTime = Int64.min

  package init() {}

  /// Appends a head to `output`, the empty line included.
  ///
  /// `unixTime` is the time for Date, in seconds since 1970. A response to HEAD has the Content-Type and the
  /// `contentLength`, in bytes, of the response to GET. Neither is written where it is nil, and no length for a status
  /// that has no content.
  package mutating func append(
    _ status: Status, at unixTime: Int64, contentType: StaticString? = nil, contentLength: Int? = 0,
    connection: Connection = .persistent, fields: FieldBlock = [], to output: inout [UInt8]
  ) {
    if unixTime != dateTime { setDate(unixTime) }
    output.append(text: "HTTP/1.1 ")
    output.append(decimal: status.code)
    output.append(ASCII.space)
    output.append(text: status.reasonPhrase)
    output.append(contentsOf: dateLine)
    if let contentType {
      output.append(text: "Content-Type: ")
      output.append(text: contentType)
      output.append(text: "\r\n")
    }
    if let contentLength, !status.isWithoutContent {
      output.append(text: "Content-Length: ")
      output.append(decimal: contentLength)
      output.append(text: "\r\n")
    }
    switch connection {
    case .persistent: break
    case .keepAlive: output.append(text: "Connection: keep-alive\r\n")
    case .close: output.append(text: "Connection: close\r\n")
    }
    output.append(contentsOf: fields.bytes)
    output.append(text: "\r\n")
  }

  /// Appends the interim response that tells a client to send its body.
  package static func appendContinue(to output: inout [UInt8]) {
    output.append(text: "HTTP/1.1 100 Continue\r\n\r\n")
  }

  private mutating func setDate(_ unixTime: Int64) {
    dateTime = unixTime
    dateLine.removeAll(keepingCapacity: true)
    dateLine.append(text: "\r\nDate: ")
    IMFFixdate.append(unixTime, to: &dateLine)
    dateLine.append(text: "\r\n")
  }
}
