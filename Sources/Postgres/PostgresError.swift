internal import EventLoop
private import Glibc
package import Health

/// Why a connection could not be made, or a query not be answered.
///
/// `reason` may be shown to everybody. `detail` is libpq's or the server's own text, for the log only; the passwords of
/// the connection string are cut out of it.
package struct PostgresError: Error, Equatable, CustomStringConvertible {
  package var reason: Reason
  package var detail: String
  /// The server's five-character code, where it was the server that refused.
  package var sqlState: String?

  package init(_ reason: Reason, _ detail: String, sqlState: String? = nil) {
    self.reason = reason
    self.detail = detail
    self.sqlState = sqlState
  }

  init(_ error: IOError) {
    self.init(Reason(error), error.description)
  }

  /// Explains a message of PQerrorMessage or PQresultErrorMessage, in verbose form.
  init(message: String, sqlState: String? = nil, secrets: [String]) {
    let code = sqlState ?? PostgresError.sqlState(in: message)
    self.init(
      code.map(PostgresError.reason(sqlState:)) ?? PostgresError.reason(message: message),
      PostgresError.scrubbed(message, of: secrets), sqlState: code)
  }

  /// Whether the server will say the same again: no privilege, no such thing, or not set up for it.
  package var isLasting: Bool { sqlState.map { ["0A", "42", "55"].contains($0.prefix(2)) } ?? false }

  package var description: String { "\(reason.rawValue): \(detail)" }

  /// Whether another host of the connection string may do better.
  ///
  /// As in libpq, a server that was reached and said no has spoken for all, unless it is only starting.
  var allowsNextHost: Bool { reason == .starting || (sqlState == nil && reason != .auth) }
}

extension PostgresError {
  /// The code in a verbose message: `FATAL:  28P01: password authentication failed`.
  ///
  /// While a connection is being made libpq gives no other access to it. The severity before it may be in any language.
  static func sqlState(in message: String) -> String? {
    let text = Array(message.utf8)
    let isCode = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) }
    for start in text.indices.dropLast(9) where text[start...].starts(with: ":  ".utf8) {
      let code = text[(start + 3)..<(start + 8)]
      if code.allSatisfy(isCode), text[start + 8] == UInt8(ascii: ":") { return String(decoding: code, as: UTF8.self) }
    }
    return nil
  }

  /// The reason for a code of appendix A of PostgreSQL's manual.
  ///
  /// An unknown database is `query`: the server is there and lets the user in, and what was asked of it does not exist.
  static func reason(sqlState: String) -> Reason {
    switch sqlState {
    case "53300": return .tooManyConnections
    case "57014": return .timeout  // statement_timeout, set by the operator
    case "25006": return .readonly
    case "42501": return .auth  // no CONNECT privilege
    case "0A000": return .protocol  // the server speaks no version that libpq does
    default: break
    }
    switch sqlState.prefix(2) {
    case "08": return .protocol
    case "28": return .auth
    case "53": return .busy  // out of memory, disk full
    case "57": return .starting  // starting, shutting down, recovering from a crash
    default: return .query
    }
  }

  /// The reason for a text of libpq's own.
  ///
  /// There is no code beside it. The wording is fixed: the C locale is in force, as nothing calls setlocale(3).
  static func reason(message: String) -> Reason {
    // The text before names the host, whose name must not be taken for a word of the message.
    let text = message.firstRange(of: "failed: ").map { String(message[$0.upperBound...]) } ?? message
    for (words, reason) in wordings where words.contains(where: text.contains) { return reason }
    for code in systemErrors where text.contains(String(cString: strerror(code))) {
      return Reason(IOError(.system(code), ""))
    }
    return .protocol
  }

  /// In the order in which to look: the first that fits counts.
  private static let wordings: [(words: [String], reason: Reason)] = [
    (["invalid response to", "expected authentication request"], .protocol),
    (["session is read-only", "server is in hot standby mode"], .readonly),
    (["session is not read-only", "server is not in hot standby mode"], .query),
    (["SSL SYSCALL error: EOF", "server closed the connection", "connection has been closed"], .unreachable),
    (["SSL error", "during SSL", "support SSL", "SSL response", "certificate", "private key", "verified SSL"], .tls),
    (["password", "authentication", "SCRAM", "channel binding", "requirepeer", "peer credentials"], .auth),
    (["out of memory", "could not look up local user"], .internal),
  ]

  private static let systemErrors = [
    ECONNREFUSED, ENOENT, EACCES, ECONNRESET, EPIPE, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EADDRNOTAVAIL,
    ETIMEDOUT, ENOTCONN, EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM,
  ]

  /// One line, without the source line of the server that verbose messages end with, and without `secrets`.
  static func scrubbed(_ message: String, of secrets: [String]) -> String {
    let lines = message.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("LOCATION:") }
    var text = lines.map { $0.trimmingPrefix(while: \.isWhitespace) }.joined(separator: " ")
    for secret in secrets where !secret.isEmpty { text.replace(secret, with: "***") }
    return text
  }
}
