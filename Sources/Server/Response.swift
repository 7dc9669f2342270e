package import HTTP

/// An answer, but for what depends on the connection: the date, `Connection`, and whether a body is sent at all.
///
/// Its fields are kept as they go out, so that a handler which keeps a response sends it again for the price of a copy.
package struct Response: Sendable {
  package let status: Status
  package let body: [UInt8]
  /// What was given beside what all answers have.
  let ownFields: [Field]
  let fields: FieldBlock

  /// A response with `Cache-Control: no-store` and `X-Content-Type-Options: nosniff`, as all of ours, and `fields`.
  package init(_ status: Status, contentType: String, fields: [Field] = [], body: [UInt8]) {
    self.status = status
    self.body = body
    ownFields = fields
    let content = [Field("Content-Type", contentType), Field("Content-Length", String(body.count))]
    self.fields = FieldBlock((status.isWithoutContent ? [] : content) + Response.common + fields)
  }

  /// A short text for people, ended by a newline.
  package static func text(_ status: Status, _ text: String, fields: [Field] = []) -> Response {
    Response(status, contentType: "text/plain; charset=utf-8", fields: fields, body: Array("\(text)\n".utf8))
  }

  private static let common = [Field("Cache-Control", "no-store"), Field("X-Content-Type-Options", "nosniff")]
}
