package import Scoring

/// What `vitals check` found.
package struct CheckReport: Equatable, Sendable {
  /// A failure of a task that is news.
  package struct RecentFailure: Encodable, Equatable, Sendable {
    package var service: String
    package var failure: StatusReport.Failure
  }

  /// The stack that was looked at; nil for all.
  package var stack: String?
  package var score: Score
  /// In the last hour, the latest first.
  package var recentFailures: [RecentFailure]

  /// For how long a failed task is told, in seconds.
  private static let memory = 3600.0

  /// - Parameters:
  ///   - status: what the manager says.
  ///   - swarm: the score of it.
  ///   - others: what a vitals knows beside, with the checks of the swarm that it has; or why none can be asked.
  ///   - endpoints: what was asked from here.
  package init(
    _ status: StatusReport, swarm: SwarmFacts, others: Result<Score, OperationError>, endpoints: [Facts.Endpoint] = []
  ) {
    stack = status.stack
    var facts = Facts()
    facts.swarm = .facts(swarm)
    var score = Score(facts)
    switch others {
    case .success(let others): score = score + others.only { !Score.swarmChecks.contains($0) }
    case .failure(let error): score = score + CheckReport.unknown(error)
    }
    var own = Facts()
    own.endpoints = endpoints
    self.score = score.adding(Score(own))
    recentFailures = status.services.compactMap { service in
      guard let failure = service.lastFailure, failure.secondsAgo < CheckReport.memory else { return nil }
      return RecentFailure(service: service.name, failure: failure)
    }.sorted { $0.failure.secondsAgo < $1.failure.secondsAgo }
  }

  /// A stack that nobody watches is not as good as one that is known to be well.
  private static func unknown(_ error: OperationError) -> Score {
    var score = Score()
    for name in ["postgresql", "redis", "celery", "disk"] { score.add(unknown: name, "no vitals can be asked") }
    let text = "nothing is known of PostgreSQL, Redis, Celery and disks: \(error.message)"
    score.add("collectors", "", [(points: 5, text: text)])
    return score
  }
}

extension CheckReport: Encodable {
  private enum Key: String, CodingKey { case stack, score, band, checks, deductions, recentFailures }

  /// The score's own members, and the failures.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encodeIfPresent(stack, forKey: .stack)
    try container.encode(score.value, forKey: .score)
    try container.encode(score.band.rawValue, forKey: .band)
    try container.encode(score.checks, forKey: .checks)
    try container.encode(score.deductions, forKey: .deductions)
    try container.encode(recentFailures, forKey: .recentFailures)
  }
}

extension Score {
  /// This score with the checks of another, those of the same name as one.
  fileprivate func adding(_ other: Score) -> Score {
    var sum = self
    for check in other.checks {
      let deductions = other.deductions.filter { $0.component == check.name }
      guard let old = checks.first(where: { $0.name == check.name }) else {
        sum = sum + Score(checks: [check], deductions: deductions)
        continue
      }
      let status: Check.Status = [old.status, check.status].contains(.fail) ? .fail : .pass
      let merged = Check(check.name, status, "\(old.text); \(check.text)")
      sum = Score(
        checks: sum.checks.map { $0.name == check.name ? merged : $0 }, deductions: sum.deductions + deductions)
    }
    return sum
  }
}
