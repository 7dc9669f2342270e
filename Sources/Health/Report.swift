package import EventLoop

/// The health of the service at one moment, from which every answer about it is made: JSON, text and HTML say the same.
///
/// It depends on nothing but its arguments, which must not be newer than `now`.
package struct Report: Sendable {
  package let service: ServiceInfo
  package let lifecycle: Lifecycle
  package let checks: [CheckState]
  package let now: Instant
  package let wall: WallTime
  /// The verdict on the whole: `fail` where a critical check fails or while not serving, `warn` where another one fails
  /// or any check warns.
  package let status: Status
  /// Whether this is about a single check.
  let isSingle: Bool

  /// The health of the whole service.
  package init(
    _ checks: [CheckState], service: ServiceInfo, lifecycle: Lifecycle, now: Instant, wall: WallTime
  ) {
    self.service = service
    self.lifecycle = lifecycle
    self.checks = checks
    self.now = now
    self.wall = wall
    isSingle = false
    status = checks.reduce(lifecycle == .serving ? .pass : .fail) { status, check in
      let verdict = check.verdict(at: now).status
      return status.worse(verdict == .fail && !check.policy.critical ? .warn : verdict)
    }
  }

  /// The health of one check, by its own verdict, critical or not, whatever the service is doing.
  package init(single check: CheckState, service: ServiceInfo, now: Instant, wall: WallTime) {
    self.service = service
    self.lifecycle = .serving
    self.checks = [check]
    self.now = now
    self.wall = wall
    isSingle = true
    status = check.verdict(at: now).status
  }

  /// The status code of the answer: 200, or 503 on `fail`.
  package var code: Int { status.code }

  /// In one line why the service does not pass; `nil` where it does.
  package var output: String? {
    switch lifecycle {
    case .starting: return "pending"
    case .draining: return "draining"
    case .serving: break
    }
    if status == .pass { return nil }
    let troubles = checks.filter { $0.verdict(at: now).status != .pass }
    // What makes the whole fail comes first.
    return (troubles.filter(isDecisive) + troubles.filter { !isDecisive($0) })
      .map { "\($0.name) \($0.verdict(at: now).reason?.rawValue ?? "")" }
      .joined(separator: ", ")
  }

  private func isDecisive(_ check: CheckState) -> Bool {
    check.policy.critical && check.verdict(at: now).status == .fail
  }
}
