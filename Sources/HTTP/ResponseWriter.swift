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
  /// - Parameters:
  ///   - unixTime: the time for Date, in seconds since 1970.
  ///   - fields: all other fields, Content-Type and Content-Length among them.
  package mutating func append(
    _ status: Status, at unixTime: Int64, connection: Connection = .persistent, fields: FieldBlock = [],
    to output: inout [UInt8]
  ) {
    if unixTime != dateTime { setDate(unixTime) }
    output.append(text: "HTTP/1.1 ")
    output.append(decimal: status.code)
    output.append(ASCII.space)
    output.append(text: status.reasonPhrase)
    output.append(contentsOf: dateLine)
    switch connection {
    case .persistent: break
    case .keepAlive: output.append(text: "Connection: keep-alive\r\n")
    case .close: output.append(text: "Connection: close\r\n")
    }
    output.append(contentsOf: fields.bytes)
    output.append(text: "\r\n")
  }

  private mutating func setDate(_ unixTime: Int64) {
    dateTime = unixTime
    dateLine.removeAll(keepingCapacity: true)
    dateLine.append(text: "\r\nDate: ")
    IMFFixdate.append(unixTime, to: &dateLine)
    dateLine.append(text: "\r\n")
  }
}
