import Foundation
import Scoring
import Testing

@testable import Operations

@Suite struct CheckReportTests {
  /// What a vitals says that sees the swarm as well.
  private var others: Score {
    var facts = Facts()
    facts.swarm = .noQuorum
    facts.redis = [.init(name: "redis", .down("connection refused"))]
    facts.endpoints = [.init(name: "api", .up)]
    facts.celery = .facts(.init(workers: 2, queues: [("celery", 3)]))
    return Score(facts)
  }

  private func report(
    _ survey: Survey, _ others: Result<Score, OperationError>, _ endpoints: [Facts.Endpoint] = []
  ) -> CheckReport {
    CheckReport(StatusReport(survey, stack: "pilito"), swarm: survey.facts(), others: others, endpoints: endpoints)
  }

  @Test func `the swarm is what the manager says, the rest what vitals says`() {
    let report = report(SurveyScene.well, .success(others))
    #expect(report.score.value == 60)
    #expect(report.score.checks.map(\.name) == Score.swarmChecks + ["endpoints", "redis", "celery"])
    let text = CheckView(report, width: nil).lines.map(\.text)
    #expect(text.last == "Score 60 of 100: critical")
    #expect(text.contains("FAIL  redis       redis is down: connection refused"))
    #expect(text.contains("  -40  redis: redis is down: connection refused"))
  }

  @Test func `without a vitals that is said, and costs a little`() {
    let report = report(SurveyScene.well, .failure(.init(.failed, "no container runs here")))
    #expect(report.score.value == 95)
    #expect(
      report.score.checks.filter { $0.status == .unknown }.map(\.name) == ["postgresql", "redis", "celery", "disk"])
    #expect(
      report.score.deductions.map(\.text) == [
        "nothing is known of PostgreSQL, Redis, Celery and disks: no container runs here"
      ])
  }

  @Test func `endpoints that are asked from here join those of vitals`() {
    let down = Facts.Endpoint(name: "site", .down("connection refused"))
    let report = report(SurveyScene.well, .success(others), [down])
    #expect(report.score.checks.count { $0.name == "endpoints" } == 1)
    #expect(report.score.checks.first { $0.name == "endpoints" }?.status == .fail)
    #expect(report.score.value == 40)
  }

  @Test func `failed tasks of the last hour are told`() {
    let report = report(SurveyScene.troubled, .success(others))
    #expect(report.recentFailures.map(\.service) == ["pilito_celery"])
    let text = CheckView(report, width: nil).lines.map(\.text)
    #expect(text.contains("  pilito_celery: a task failed 10 s ago on node2: exit code 3"))
  }

  @Test(arguments: [40, 80]) func `no line is wider than the terminal`(width: Int) {
    let lines = CheckView(report(SurveyScene.troubled, .success(others)), width: width).lines
    #expect(lines.allSatisfy { $0.width <= width })
  }

  @Test func `JUnit's XML has a case for each check`() throws {
    var others = others
    others.add("evil", "", [(points: 3, text: "<&\"\u{1B}\u{0}\n\u{FFFE}>")])
    others.add(unknown: "disk", "no filesystem")
    let report = report(SurveyScene.well, .success(others))
    let xml = report.junit
    #expect(xml.contains("tests=\"10\" failures=\"2\" errors=\"0\" skipped=\"1\""))
    #expect(
      xml.contains("<failure type=\"deduction\" message=\"-40: redis is down: connection refused\">-40 redis is down"))
    #expect(!xml.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{0}" || $0 == "\u{FFFE}" })
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("junit-\(UUID().uuidString).xml")
    try xml.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let script =
      "import sys, xml.etree.ElementTree as e; print(len(e.parse(sys.argv[1]).getroot().findall('testsuite/testcase')))"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, file.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    #expect(String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) == "10\n")
  }

  @Test func `JSON has the score's members and the failures`() throws {
    let encoded = try JSONEncoder().encode(report(SurveyScene.troubled, .success(others)))
    let object = try #require(JSONSerialization.jsonObject(with: encoded) as? [String: Any])
    #expect(object["score"] as? Int == 0 && object["band"] as? String == "critical")
    #expect((object["deductions"] as? [Any])?.count == 7 && (object["recentFailures"] as? [Any])?.count == 1)
  }
}
