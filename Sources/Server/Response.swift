package import HTTP

/// An answer, but for what depends on the connection: the date, `Connection`, and whether a body is sent at all.
///
/// Its fields are kept as the bytes that go out, so that a handler which keeps a response until the next change sends it
/// for the price of a few copies.
package struct Response: Sendable {
  package let status: Status
  package let body: [UInt8]
  private let fields: [UInt8]

  /// A response with `Cache-Control: no-store` and `X-Content-Type-Options: nosniff`, as all of ours.
  ///
  /// - Parameter fields: names and values, sent as they are: the caller makes sure that they are ones.
  package init(
    _ status: Status, contentType: String, fields: [(name: String, value: String)] = [], body: [UInt8]
  ) {
    self.status = status
    self.body = body
    var lines: [UInt8] = []
    if !status.isWithoutContent {
      lines += "Content-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n".utf8
    }
    lines += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n".utf8
    for field in fields { lines += "\(field.name): \(field.value)\r\n".utf8 }
    self.fields = lines
  }

  /// A short text for people, ended by a newline.
  package static func text(
    _ status: Status, _ text: String, fields: [(name: String, value: String)] = []
  ) -> Response {
    Response(status, contentType: "text/plain; charset=utf-8", fields: fields, body: Array("\(text)\n".utf8))
  }

  /// How a connection goes on after a response.
  enum Persistence {
    /// HTTP/1.1's default, which needs no field.
    case implied
    /// An HTTP/1.0 client asked for it.
    case stated
    case close
  }

  /// Appends the whole message.
  ///
  /// - Parameter date: the field line of `Date`, ended by CRLF.
  func append(to output: inout [UInt8], date: [UInt8], persistence: Persistence, withoutBody: Bool) {
    output.append(contentsOf: status.line)
    output.append(contentsOf: date)
    switch persistence {
    case .implied: break
    case .stated: output.append(contentsOf: Response.keepAliveLine)
    case .close: output.append(contentsOf: Response.closeLine)
    }
    output.append(contentsOf: fields)
    output.append(contentsOf: Response.emptyLine)
    if !withoutBody { output.append(contentsOf: body) }
  }

  private static let keepAliveLine = Array("Connection: keep-alive\r\n".utf8)
  private static let closeLine = Array("Connection: close\r\n".utf8)
  private static let emptyLine = Array("\r\n".utf8)
}

extension Status {
  /// `HTTP/1.1 200 OK` and its CRLF.
  fileprivate var line: [UInt8] { Status.lines[code] }

  /// By code: looked up for every response.
  private static let lines: [[UInt8]] = {
    var lines = [[UInt8]](repeating: [], count: 600)
    for status in allCases { lines[status.code] = Array("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n".utf8) }
    return lines
  }()
}
