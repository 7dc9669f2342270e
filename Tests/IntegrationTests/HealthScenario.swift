import Testing

/// A state that a service may be in, how HTTP servers bring it there, and what it is to say then.
struct HealthScenario: Sendable, CustomTestStringConvertible {
  /// A check of a server that treats its connections so, by their number.
  struct Check: Sendable {
    var name: String
    var options = ""
    var behaviour: @Sendable (Int) -> FailurePeer.Behaviour
  }

  var testDescription: String
  var checks: [Check]
  var isDraining = false
  /// Of `/health/`.
  var status: String
  var output: String?
  /// Whether `/health/container` is 200: once it was ready it stays so.
  var containerIsUp = true

  /// Of `/health/` and `/health/ready`.
  var code: Int { status == "fail" ? 503 : 200 }

  /// In the pages for people.
  var mark: String { "<body data-status=\"\(status)\"" }

  static let all = [
    HealthScenario(testDescription: "no checks", checks: [], status: "pass"),
    HealthScenario(testDescription: "all pass", checks: [good("a"), good("b")], status: "pass"),
    HealthScenario(
      testDescription: "an optional check fails", checks: [good("a"), bad("b", ",critical=false")], status: "warn",
      output: "b query"),
    HealthScenario(
      testDescription: "a check times out, not often enough",
      checks: [Check(name: "a", options: ",failures=1000") { $0 == 0 ? .http(204) : .silent }], status: "warn",
      output: "a timeout"),
    HealthScenario(
      testDescription: "a check fails from the start", checks: [good("a"), bad("b")], status: "fail",
      output: "b query", containerIsUp: false),
    HealthScenario(
      testDescription: "a check fails after it passed",
      checks: [good("a"), Check(name: "b") { .http($0 < 5 ? 200 : 500) }], status: "fail", output: "b query"),
    HealthScenario(
      testDescription: "a check fails and an optional one does",
      checks: [bad("a", ",critical=false"), bad("b")], status: "fail", output: "b query, a query",
      containerIsUp: false),
    HealthScenario(
      testDescription: "before the first round",
      checks: [good("a"), Check(name: "slow", options: ",timeout=60s") { _ in .silent }], status: "fail",
      output: "slow pending", containerIsUp: false),
    HealthScenario(
      testDescription: "draining", checks: [good("a"), bad("b", ",critical=false")], isDraining: true, status: "fail",
      output: "draining"),
  ]

  private static func good(_ name: String) -> Check { Check(name: name) { _ in .http(200) } }

  private static func bad(_ name: String, _ options: String = "") -> Check {
    Check(name: name, options: options) { _ in .http(500) }
  }
}
