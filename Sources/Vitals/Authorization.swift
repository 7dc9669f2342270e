import HTTP
import Server

/// Decides who is shown more than verdicts.
struct Authorization: Sendable {
  /// Nil where everybody is.
  private let token: [UInt8]?

  init(_ configuration: Configuration) {
    token = configuration.details == .authorized ? Array((configuration.token ?? "").utf8) : nil
  }

  /// Whether some clients see less than others.
  var isRequired: Bool { token != nil }

  /// Whether the client that sent `request` may see everything.
  func admits(_ request: Request) -> Bool {
    guard let token else { return true }
    guard request.head.authorization != nil else { return false }
    return Credentials(request.value(request.head.authorization))?.prove(token) ?? false
  }

  /// What a client without the token is answered where there is nothing to see without it (RFC 9110 section 15.5.2).
  static let refusal = Response.text(
    .unauthorized, "401 Unauthorized: send the token as a bearer token, or as the password of any user",
    fields: [Field("WWW-Authenticate", #"Bearer realm="vitals""#), basic])

  /// What makes a browser ask somebody who wants to log in.
  static let question = Response.text(
    .unauthorized, "401 Unauthorized: the password is the token, with any user name", fields: [basic])

  /// What sends somebody who has logged in back to the page.
  static let welcome = Response.text(.seeOther, "303 See Other: ./", fields: [Field("Location", "./")])

  private static let basic = Field("WWW-Authenticate", #"Basic realm="vitals", charset="UTF-8""#)
}
