/// What is thought of a check at a certain time.
package struct Verdict: Hashable, Sendable {
  package var status: Status
  /// Why it does not pass; `nil` on a pass.
  package var reason: Reason?

  package static let pass = Verdict(status: .pass)
  /// Before the first result: not proven, so not fit for traffic.
  package static let pending = Verdict(status: .fail, reason: .pending)

  package init(status: Status, reason: Reason? = nil) {
    self.status = status
    self.reason = reason
  }
}

/// A change of a check's verdict: what the log has one line for.
package struct Transition: Hashable, Sendable {
  package var from: Verdict
  package var to: Verdict

  package init(from: Verdict, to: Verdict) {
    self.from = from
    self.to = to
  }
}
