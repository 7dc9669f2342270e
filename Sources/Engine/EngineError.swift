/// Why the engine did not give what was asked of it.
package struct EngineError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    /// The address is not one that this client can use; the text says why.
    case invalidHost(String)
    /// There is no socket, nobody listens, the name does not resolve, or the connection broke.
    case unreachable(String)
    /// The socket is there and this process may not use it. It belongs to `group`, nil where that could not be seen.
    case permissionDenied(group: UInt32?)
    /// The engine said nothing for too long.
    case timedOut
    /// The engine refused: the status code, and the message of its answer.
    case status(Int, String)
    /// The answer is not HTTP, not the JSON that the API promises, or larger than allowed.
    case malformed(String)
  }

  package var reason: Reason
  /// What was asked: `GET /v1.41/services`.
  package var operation: String
  /// Whom: `unix:///var/run/docker.sock`.
  package var host: String

  package init(_ reason: Reason, _ operation: String, host: String) {
    self.reason = reason
    self.operation = operation
    self.host = host
  }

  package var description: String {
    let text =
      switch reason {
      case .invalidHost(let text), .unreachable(let text), .malformed(let text): text
      case .permissionDenied(let group?):
        "permission denied: the socket belongs to group \(group), which this process is not in"
      case .permissionDenied(nil): "permission denied"
      case .timedOut: "no answer in time"
      case .status(let code, let message): "\(code): \(message)"
      }
    return "\(host): \(operation): \(text)"
  }
}
