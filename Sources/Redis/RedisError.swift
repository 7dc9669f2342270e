internal import EventLoop
package import Health

/// Why a connection could not be made, or a command not be answered.
///
/// `reason` may be shown to everybody. `detail` may hold the server's own text and is for the log only; the password is
/// cut out of it.
package struct RedisError: Error, Equatable, CustomStringConvertible {
  package var reason: Reason
  package var detail: String

  package init(_ reason: Reason, _ detail: String) {
    self.reason = reason
    self.detail = detail
  }

  init(_ error: IOError) {
    self.init(Reason(error), error.description)
  }

  /// Explains an error reply; `secrets` are cut out, as `unknown command` quotes the arguments.
  init(reply text: String, secrets: [String]) {
    var detail = text
    for secret in secrets where !secret.isEmpty { detail.replace(secret, with: "***") }
    self.init(RedisError.reason(reply: text), detail)
  }

  /// Whether the server will say the same again: not allowed, or no such command.
  package var isLasting: Bool {
    detail.hasPrefix("NOPERM") || detail.hasPrefix("ERR unknown ") || detail.hasPrefix("ERR Unknown ")
  }

  package var description: String { "\(reason.rawValue): \(detail)" }

  /// The reason for an error reply, by its first word or, where that is only ERR, its wording.
  static func reason(reply: String) -> Reason {
    switch reply.prefix(while: { $0 != " " }) {
    case "NOAUTH", "WRONGPASS", "NOPERM", "DENIED": .auth
    case "LOADING": .loading
    case "BUSY", "OOM": .busy
    // MASTERDOWN: a replica that may not serve what it has while its master is away.
    case "READONLY", "MASTERDOWN": .readonly
    case "NOPROTO": .protocol
    default: wordings.first { reply.contains($0.words) }?.reason ?? .query
    }
  }

  private static let wordings: [(words: String, reason: Reason)] = [
    ("max number of clients", .tooManyConnections),
    ("max clients reached", .tooManyConnections),
    ("invalid password", .auth),
    ("invalid username-password pair", .auth),
    ("AUTH", .auth),
    ("operation not permitted", .auth),
    ("Protocol error", .protocol),
  ]
}
