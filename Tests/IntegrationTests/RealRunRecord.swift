import Foundation

/// What happened in a ``RealRun`` and when, for questions to its Prometheus.
final class RealRunRecord: Sendable {
  /// What was made to happen, and what Prometheus made of it.
  struct Event: Sendable {
    let condition: RealRunCondition
    /// Why it could not be made; nil where it was.
    var failure: String?
    /// What Prometheus had at last, by alert: the labels of the expression's series.
    var series: [String: [[String: String]]] = [:]
    /// The alerts that fired.
    var fired: Set<String> = []

    /// Whether each alert is as it should be.
    var isComplete: Bool {
      condition.alerts.allSatisfy { alert, labels in
        (RealRunRecord.adjusted.contains(alert) || fired.contains(alert))
          && series[alert, default: []].contains { $0.contains(labels) }
      }
    }
  }

  /// A condition that lasts too long, or needs too much, for a test: only its threshold is replaced. The tests of the
  /// rules in prometheus/tests have the thresholds.
  private static let thresholds: [String: (shipped: String, here: String, reason: String)] = [
    "PostgresIdleInTransaction": ("> 300", "> 1", "a transaction would have to idle for five minutes"),
    "PostgresReplicationLag": ("> 60", "> 1", "the standby would have to stand still for a minute"),
    "PostgresWraparoundRisk": ("> 1.5e+09", "> 1", "takes 1.5e9 transactions"),
    "SwarmServiceUpdateStuck": ("> 1800", "> 1", "an update would have to last for half an hour"),
  ]

  /// By how much later than it happened an expression is asked for, where nothing but the time has to pass.
  private static let delays: [String: TimeInterval] = [
    // What it was like if the collectors had stopped at that moment. A collector that hangs for two minutes cannot be made.
    "VitalsCollectorStale": 121
  ]

  /// The alerts that are not asked for as they are shipped.
  static var adjusted: Set<String> { Set(thresholds.keys).union(delays.keys) }

  let start = Date.now
  /// The alerts' expressions by name, as they are asked for.
  let expressions: [String: String]
  /// The names of the recording rules.
  let recorded: [String]
  private let prometheus: PrometheusServer
  private let state = Monitor((events: [Event](), moments: [String: Date]()))

  init(_ prometheus: PrometheusServer) throws {
    self.prometheus = prometheus
    let rules = try eventually(within: .seconds(20), "rules") {
      let rules = try prometheus.rules()
      return rules.isEmpty ? nil : rules
    }
    recorded = rules.filter { $0.type == "recording" }.map(\.name)
    var expressions: [String: String] = [:]
    for rule in rules where rule.type == "alerting" {
      guard expressions[rule.name] == nil else { throw TestbedError("two alerts \(rule.name)") }
      let threshold = Self.thresholds[rule.name]
      if let threshold, !rule.query.contains(threshold.shipped) {
        throw TestbedError("\(rule.name) has no \(threshold.shipped): \(rule.query)")
      }
      expressions[rule.name] =
        threshold.map { rule.query.replacing($0.shipped, with: $0.here) } ?? rule.query
    }
    self.expressions = expressions
  }

  var events: [Event] { state.withLock { $0.events } }

  /// When something was so.
  subscript(_ moment: String) -> Date? { state.withLock { $0.moments[moment] } }

  func note(_ moment: String, at time: Date = .now) { state.withLock { $0.moments[moment] = time } }

  /// The series of an alert's expression at any second of an interval.
  func series(of alert: String, from start: Date, to end: Date) throws -> [[String: String]] {
    try prometheus.series(expressions[alert] ?? alert, from: start, to: end)
  }

  /// The alerts whose conditions hold at a time, of those that do not wait for the time to pass.
  func present(at time: Date) throws -> [String] {
    try expressions.keys.filter { alert in
      try Self.delays[alert] == nil && Self.thresholds[alert] == nil
        && !prometheus.query(expressions[alert] ?? "", at: time).isEmpty
    }
  }

  /// Makes all of the conditions, and waits until Prometheus knows of each.
  ///
  /// Where that fails the run goes on, and its record has the failure.
  func happen(_ conditions: [RealRunCondition], within limit: Duration = .seconds(60)) {
    var open: [Event] = conditions.map { condition in
      var event = Event(condition: condition)
      do { try condition.make() } catch { event.failure = "\(error)" }
      return event
    }
    let deadline = ContinuousClock.now + limit
    while !open.isEmpty {
      let isLate = ContinuousClock.now > deadline
      for index in open.indices.reversed() {
        try? look(&open[index])
        guard isLate || open[index].failure != nil || open[index].isComplete else { continue }
        let event = open.remove(at: index)
        state.withLock { $0.events.append(event) }
      }
      if !open.isEmpty { Thread.sleep(forTimeInterval: 0.1) }
    }
  }

  /// Asks Prometheus about what has not been seen of the event.
  private func look(_ event: inout Event) throws {
    event.fired.formUnion(try prometheus.firing().intersection(event.condition.alerts.keys))
    for (alert, labels) in event.condition.alerts
    where !event.series[alert, default: []].contains(where: { $0.contains(labels) }) {
      let time = Self.delays[alert].map { Date.now + $0 }
      event.series[alert] = try prometheus.query(expressions[alert] ?? alert, at: time).map(\.labels)
    }
  }
}
