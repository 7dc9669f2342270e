import Glibc

/// Why an operation on a descriptor, an address or a name did not succeed.
///
/// "Would block" is not among the reasons: the calls that can meet it return nil.
package struct IOError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    /// The kernel refused; the value is an `errno`.
    case system(Int32)
    /// The caller's deadline passed first, or the kernel's own limit did.
    case timedOut
    /// This side closed the channel while the operation was under way.
    case closed
    /// The name could not be resolved; the value is an `EAI_` code of getaddrinfo(3).
    case resolution(Int32)
    /// The address is not one: see `operation`.
    case invalidAddress
  }

  package var reason: Reason
  /// What was attempted, as a verb and its object: "connect to 127.0.0.1:5432".
  package var operation: String

  package init(_ reason: Reason, _ operation: String) {
    self.reason = reason == .system(ETIMEDOUT) ? .timedOut : reason
    self.operation = operation
  }

  /// The error that `errno` holds just after a failed call.
  package static func last(_ operation: String) -> IOError { IOError(.system(errno), operation) }

  package var description: String {
    switch reason {
    case .system(let code): "\(operation): \(String(cString: strerror(code)))"
    case .timedOut: "\(operation): timed out"
    case .closed: "\(operation): closed"
    case .resolution(let code): "\(operation): \(String(cString: gai_strerror(code)))"
    case .invalidAddress: operation
    }
  }
}

/// Calls `body` again as long as a signal interrupts it.
@inline(__always)
func retryingInterrupts<Result: FixedWidthInteger>(_ body: () -> Result) -> Result {
  while true {
    let result = body()
    if result == -1, errno == EINTR { continue }
    return result
  }
}
