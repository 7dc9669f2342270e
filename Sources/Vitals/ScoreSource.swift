import EventLoop
import Health
import Metrics
import Scoring

/// The score of what is known, made at most once a second and anew when a check has ended.
final class ScoreSource: @unchecked Sendable {
  private let board: HealthBoard
  private let collectors: [CollectorWorker]
  private let checks: [CheckDefinition]
  private let loop: EventLoop
  private var kept: (score: Score, wall: WallTime, generation: Int, until: Instant)?

  /// - Parameter checks: those of `board`, in its order.
  init(_ board: HealthBoard, collectors: [CollectorWorker], checks: [CheckDefinition], on loop: EventLoop) {
    self.board = board
    self.collectors = collectors
    self.checks = checks
    self.loop = loop
  }

  /// The score, and when it was made.
  var current: (score: Score, wall: WallTime) {
    if let kept, kept.generation == board.generation, loop.now < kept.until { return (kept.score, kept.wall) }
    let (score, wall) = (Score(facts), WallTime.now)
    kept = (score, wall, board.generation, loop.now + .seconds(1))
    return (score, wall)
  }

  /// The score as numbers; none before everything has been asked once, nor where nothing is watched.
  func families() -> [Family] {
    let score = current.score
    guard isComplete, !score.checks.isEmpty else { return [] }
    var value = Family("swarm_health_score", .gauge, help: "How well the stack does, from 0 to 100.")
    value.add(score.value)
    var checks = Family(
      "swarm_health_check", .gauge,
      help: "Whether a check of the score finds nothing wrong; none for one that could not be made.")
    for check in score.checks where check.status != .unknown {
      checks.add(check.status == .pass, ["check": check.name])
    }
    return [value, checks]
  }

  /// The score as JSON.
  func body() -> [UInt8] {
    let (score, wall) = current
    var body: [UInt8] = []
    JSONWriter.append(to: &body) { json in
      json.beginObject()
      json.key("score")
      json.value(Int64(score.value))
      json.key("band")
      json.value(score.band.rawValue)
      json.key("time")
      json.value(wall)
      json.key("checks")
      json.beginArray()
      for check in score.checks { check.write(into: &json) }
      json.endArray()
      json.key("deductions")
      json.beginArray()
      for deduction in score.deductions { deduction.write(into: &json) }
      json.endArray()
      json.endObject()
    }
    return body
  }

  private var isComplete: Bool {
    collectors.allSatisfy(\.hasTried) && board.checks.allSatisfy { $0.verdict(at: loop.now).reason != .pending }
  }

  private var facts: Facts {
    var facts = Facts()
    for (definition, state) in zip(checks, board.checks) {
      let presence = Facts.Presence(state.verdict(at: loop.now))
      let isCritical = state.policy.critical
      switch definition.server {
      case .postgres: facts.postgres.append(.init(name: state.name, presence, isCritical: isCritical))
      case .redis: facts.redis.append(.init(name: state.name, presence, isCritical: isCritical))
      case nil: facts.endpoints.append(.init(name: state.name, presence, isCritical: isCritical))
      }
    }
    for collector in collectors { collector.assess(&facts) }
    return facts
  }
}

extension Facts.Presence {
  /// A warning is no failure yet.
  fileprivate init(_ verdict: Verdict) {
    switch verdict.status {
    case .pass, .warn: self = .up
    case .fail where verdict.reason == .pending: self = .unknown
    case .fail: self = .down(verdict.reason?.explanation ?? "it fails")
    }
  }
}

extension Score.Check {
  fileprivate func write(into json: inout JSONWriter) {
    json.beginObject()
    json.key("check")
    json.value(name)
    json.key("status")
    json.value(status.rawValue)
    json.key("text")
    json.value(text)
    json.endObject()
  }
}

extension Score.Deduction {
  fileprivate func write(into json: inout JSONWriter) {
    json.beginObject()
    json.key("component")
    json.value(component)
    json.key("points")
    json.value(Int64(points))
    json.key("text")
    json.value(text)
    json.endObject()
  }
}
