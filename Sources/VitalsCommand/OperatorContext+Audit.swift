import EventLoop
import FoundationEssentials
import Glibc
import Operations

extension OperatorContext {
  /// Changes the swarm itself, for which no stack's lock is needed: with a line in the audit log, also where it fails.
  ///
  /// - Parameter action: the command and its arguments, without secrets.
  func audited<Value>(
    action: String, _ body: () async throws(OperationError) -> Value
  ) async throws(OperationError) -> Value {
    let began = Instant.now
    let now = Date()
    interruption.isChanging = true
    var failure: OperationError?
    var value: Value?
    do throws(OperationError) {
      value = try await body()
    } catch {
      failure = error
    }
    interruption.isChanging = false
    audit(stack: "", action: action, since: began, at: now, failure)
    if let failure { throw failure }
    guard let value else { preconditionFailure("a body returns or throws") }
    return value
  }

  /// Writes a line of the audit log.
  func audit(stack: String, action: String, since began: Instant, at time: Date, _ failure: OperationError?) {
    let seconds = (.now - began) / .seconds(1)
    let record = AuditRecord(
      time: time, user: owner, stack: stack, action: action, seconds: (seconds * 10).rounded() / 10, error: failure)
    if let complaint = AuditLog.standard.append(record.line) { output.progress(complaint) }
  }
}
