/// Why a check does not pass: a closed list, so that no driver's text, address or password can reach the wire or a label.
public enum Reason: String, CaseIterable, Sendable {
  /// No answer before the deadline.
  case timeout
  /// The connection was refused: nothing listens there.
  case refused
  /// The network gave no way to the host, or the connection broke.
  case unreachable
  /// The host's name did not resolve.
  case dns
  /// TLS could not be set up or the certificate was not accepted.
  case tls
  /// User, password or permission was not accepted.
  case auth
  /// The answer was not in the expected protocol.
  case `protocol`
  /// The server answered the check with an error.
  case query
  /// The server takes no further connection.
  case tooManyConnections = "too_many_connections"
  /// The server is starting up or recovering.
  case starting
  /// The server is loading its data.
  case loading
  /// The server is occupied with a single command, such as a script.
  case busy
  /// The server takes no writes, and the check wanted to be able to.
  case readonly
  /// The last result is too old to be trusted. Computed by the reader, never given by a check.
  case stale
  /// No result yet. Computed by the reader, never given by a check.
  case pending
  /// The check is switched off.
  case disabled
  /// A fault of our own.
  case `internal`
}

extension Reason {
  /// Whether one such failure is proof enough.
  ///
  /// A refused connection or a wrong password says what the matter is. Silence does not: a lost packet, a pause of the
  /// garbage collector and a dead server look alike, so `timeout` alone is ambiguous and counts when it repeats.
  public var isDecisive: Bool { self != .timeout }

  /// Whether the server has said that it will be there in a moment, so that it is worth asking again soon.
  public var isTransitional: Bool { self == .starting || self == .loading }

  /// The reason as a sentence for people: `output` in the body.
  package var explanation: String {
    switch self {
    case .timeout: "no answer in time"
    case .refused: "connection refused"
    case .unreachable: "host unreachable or connection lost"
    case .dns: "host name does not resolve"
    case .tls: "TLS failed"
    case .auth: "user, password or permission not accepted"
    case .protocol: "unexpected answer"
    case .query: "server answered with an error"
    case .tooManyConnections: "server takes no further connection"
    case .starting: "server is starting"
    case .loading: "server is loading its data"
    case .busy: "server is busy with one command"
    case .readonly: "server takes no writes"
    case .stale: "last result is too old"
    case .pending: "not checked yet"
    case .disabled: "check is switched off"
    case .internal: "internal error"
    }
  }
}
