/// What a response says before its body.
///
/// It owns its bytes.
package struct ResponseHead: Equatable, Sendable {
  /// How the end of the body is told (RFC 9112 section 6.3).
  package enum Body: Equatable, Sendable {
    case none
    case length(Int)
    case chunked
    /// The body ends where the connection does.
    case untilClose
  }

  package let version: Version
  /// The status code, 100 to 999.
  package let status: Int
  /// The field lines in order, their names in lower case.
  ///
  /// What is not UTF-8 is repaired.
  package let fields: [Field]
  package let body: Body
  /// Whether another request can be sent on the connection, once the body has been read.
  package let keepsAlive: Bool

  /// The value of the first field of this name, given in lower case, or nil where there is none.
  package subscript(name: String) -> String? {
    fields.first { $0.name == name }?.value
  }

  /// The head of a response to a request with `method`.
  init(
    version: Version, status: Int, fields: [Field], framing: Framing, method: Method
  ) throws(Rejection) {
    self.version = version
    self.status = status
    self.fields = fields
    try framing.check(version)
    if method == .head || status < 200 || status == 204 || status == 304 || (method == .connect && status < 300) {
      body = .none
    } else if framing.isChunked {
      body = .chunked
    } else {
      body = framing.contentLength.map { .length($0) } ?? .untilClose
    }
    keepsAlive = body != .untilClose && framing.keepsAlive(version)
  }
}
