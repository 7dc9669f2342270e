/// What `vitals lint` looks for; the raw value is the name that `x-vitals: {allow: [...]}` takes.
package enum LintRule: String, CaseIterable, Codable, Sendable {
  case noHealthcheck = "no-healthcheck"
  case shortMonitor = "short-monitor"
  case startFirstHostPort = "start-first-host-port"
  case startFirstVolume = "start-first-volume"
  case parallelismZero = "parallelism-zero"
  case pauseOnFailure = "pause-on-failure"
  case rollbackOrder = "rollback-order"
  case singleReplica = "single-replica"
  case noLimits = "no-limits"
  case noReservations = "no-reservations"
  case reservationAboveLimit = "reservation-above-limit"
  case unpinnedImage = "unpinned-image"
  case noImage = "no-image"
  case noRestartPolicy = "no-restart-policy"
  case restartGivesUp = "restart-gives-up"
  case noStopGracePeriod = "no-stop-grace-period"
  case plainSecret = "plain-secret"
  case writableSocket = "writable-socket"
  case ignoredKey = "ignored-key"
  case refusedKey = "refused-key"
  case bindWithoutConstraint = "bind-without-constraint"
  case volumeWithoutConstraint = "volume-without-constraint"
  case duplicatePort = "duplicate-port"
  case portWithoutAddress = "port-without-address"
  case globalReplicas = "global-replicas"
  case unknownReference = "unknown-reference"
  case missingFile = "missing-file"
  case unused
  case unknownRule = "unknown-rule"

  package var severity: LintFinding.Severity {
    switch self {
    case .startFirstHostPort, .reservationAboveLimit, .noImage, .refusedKey, .duplicatePort, .portWithoutAddress,
      .globalReplicas, .unknownReference, .missingFile:
      .error
    case .noHealthcheck, .shortMonitor, .startFirstVolume, .parallelismZero, .pauseOnFailure, .noLimits,
      .unpinnedImage, .plainSecret, .writableSocket, .ignoredKey, .bindWithoutConstraint, .volumeWithoutConstraint,
      .unknownRule:
      .warning
    case .rollbackOrder, .singleReplica, .noReservations, .noRestartPolicy, .restartGivesUp, .noStopGracePeriod,
      .unused:
      .info
    }
  }
}

/// Something in a stack file that will hurt, with what to do about it.
package struct LintFinding: Equatable, Sendable {
  package enum Severity: String, Codable, Comparable, Sendable {
    case info, warning, error

    package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
    private var rank: Int { self == .error ? 2 : self == .warning ? 1 : 0 }
  }

  package var rule: LintRule
  package var severity: Severity
  package var position: StackPosition
  /// The service that it is about, nil of the stack's own things.
  package var service: String?
  package var message: String
  package var advice: String

  /// `file:line: severity: message (rule)`, as compilers have it.
  package var line: String {
    "\(position): \(severity): \(service.map { "\($0): " } ?? "")\(message) (\(rule.rawValue))"
  }
}

extension LintFinding: Encodable {
  private enum CodingKeys: CodingKey {
    case rule, severity, file, line, service, message, advice
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(rule, forKey: .rule)
    try container.encode(severity, forKey: .severity)
    try container.encode(position.file, forKey: .file)
    try container.encode(position.line, forKey: .line)
    try container.encodeIfPresent(service, forKey: .service)
    try container.encode(message, forKey: .message)
    try container.encode(advice, forKey: .advice)
  }
}
