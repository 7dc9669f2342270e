package import FoundationEssentials

/// A line of the audit log: who changed what, when, and how it ended.
package struct AuditRecord: Codable, Equatable, Sendable {
  package var time: Date
  /// `user@host`.
  package var user: String
  package var stack: String
  /// The command and its arguments, without secrets: `update web --image pilito:2`.
  package var action: String
  /// `done`, or the kind of the error: `rolledBack`.
  package var outcome: String
  package var exitCode: Int32
  package var seconds: Double
  /// The error's message.
  package var message: String?

  package init(
    time: Date, user: String, stack: String, action: String, seconds: Double, error: OperationError?
  ) {
    self.time = time
    self.user = user
    self.stack = stack
    self.action = action
    outcome = error.map { "\($0.kind)" } ?? "done"
    exitCode = error?.kind.rawValue ?? 0
    self.seconds = seconds
    message = error?.message
  }

  /// The record as a line of JSON, without the line break.
  package var line: String {
    let encoder = JSONEncoder.ordered
    encoder.dateEncodingStrategy = .iso8601
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
