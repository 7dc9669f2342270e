/// How well a stack does: a number from 0 to 100, and of each point that is missing, why.
///
/// It depends on nothing but the facts that it is made from, so the same facts have the same score everywhere: in
/// `swarm_health_score`, on the status page and in `vitals check`.
package struct Score: Equatable, Sendable {
  /// What the number means to whoever has to act.
  package enum Band: String, Sendable, CaseIterable {
    /// 90 and above.
    case healthy
    /// 70 to 89.
    case degraded
    /// Below 70.
    case critical

    package init(_ value: Int) { self = value >= 90 ? .healthy : value >= 70 ? .degraded : .critical }

    /// The exit code of `vitals check`, as monitoring plugins have them: OK, WARNING, CRITICAL.
    package var exitCode: Int32 {
      switch self {
      case .healthy: 0
      case .degraded: 1
      case .critical: 2
      }
    }
  }

  /// One thing that is looked at.
  package struct Check: Equatable, Sendable {
    package enum Status: String, Sendable {
      case pass, fail
      /// Nobody could be asked.
      case unknown
    }

    /// The label `check` of `swarm_health_check`: `services`, `postgresql`.
    package var name: String
    package var status: Status
    /// What was found, in one line.
    package var text: String

    package init(_ name: String, _ status: Status, _ text: String) {
      self.name = name
      self.status = status
      self.text = text
    }
  }

  /// Points that are missing.
  package struct Deduction: Equatable, Sendable {
    /// The name of the check that found it.
    package var component: String
    /// 0 where the check has taken the most that it may already.
    package var points: Int
    /// Why, in one line.
    package var text: String

    package init(_ component: String, _ points: Int, _ text: String) {
      self.component = component
      self.points = points
      self.text = text
    }
  }

  /// In a fixed order.
  package private(set) var checks: [Check] = []
  /// In the order of the checks.
  package private(set) var deductions: [Deduction] = []

  package init(checks: [Check] = [], deductions: [Deduction] = []) {
    self.checks = checks
    self.deductions = deductions
  }

  /// 100 without what was deducted, and not below 0.
  package var value: Int { max(0, 100 - deductions.reduce(0) { $0 + min(100, max(0, $1.points)) }) }

  package var band: Band { Band(value) }

  /// Adds a check: one that passes where nothing is deducted.
  ///
  /// - Parameters:
  ///   - well: what is said of it then.
  ///   - limit: the most that it takes.
  package mutating func add(
    _ name: String, _ well: String, _ found: [(points: Int, text: String)], limit: Int = 100
  ) {
    guard !found.isEmpty else {
      checks.append(Check(name, .pass, well))
      return
    }
    var rest = limit
    for (points, text) in found {
      let taken = min(points, rest)
      rest -= taken
      deductions.append(Deduction(name, taken, text))
    }
    checks.append(Check(name, .fail, found.map(\.text).joined(separator: "; ")))
  }

  /// Adds a check that could not be made.
  package mutating func add(unknown name: String, _ text: String) { checks.append(Check(name, .unknown, text)) }

  /// This score's checks whose names `isWanted` takes, with what they deduct.
  package func only(_ isWanted: (String) -> Bool) -> Score {
    Score(checks: checks.filter { isWanted($0.name) }, deductions: deductions.filter { isWanted($0.component) })
  }

  /// Both, one after the other.
  package static func + (a: Score, b: Score) -> Score {
    Score(checks: a.checks + b.checks, deductions: a.deductions + b.deductions)
  }
}

extension Score: Codable {
  private enum Key: String, CodingKey { case score, band, checks, deductions }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    checks = try container.decode([Check].self, forKey: .checks)
    deductions = try container.decode([Deduction].self, forKey: .deductions)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(value, forKey: .score)
    try container.encode(band.rawValue, forKey: .band)
    try container.encode(checks, forKey: .checks)
    try container.encode(deductions, forKey: .deductions)
  }
}

extension Score.Deduction: Codable {}

extension Score.Check: Codable {
  private enum CodingKeys: String, CodingKey {
    case name = "check"
    case status
    case text
  }
}

extension Score.Check.Status: Codable {}
