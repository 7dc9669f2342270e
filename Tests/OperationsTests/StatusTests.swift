import Foundation
import Scoring
import Swarm
import Testing

@testable import Operations

@Suite struct StatusTests {
  private func text(_ survey: Survey, width: Int?, stack: String? = nil) -> String {
    StatusView(StatusReport(survey, stack: stack), width: width).lines.map(\.text).joined(separator: "\n")
  }

  @Test func `a swarm in which all is well`() {
    #expect(
      text(SurveyScene.well, width: nil) == """
        Swarm  node1 leads, 3/3 managers, 1 may be lost, 3 nodes, engine 24.0.7

        NODE   ROLE     STATE  TASKS  CPU RESERVED   MEMORY RESERVED  ENGINE
        node1  leader   ready      3      0.8 of 4  768 MiB of 8 GiB  24.0.7
        node2  manager  ready      2      0.5 of 4  512 MiB of 8 GiB  24.0.7
        node3  manager  ready      1      0.3 of 4  256 MiB of 8 GiB  24.0.7

        SERVICE          RUNNING  MODE        UPDATE  NODES              IMAGE       PORTS
        pilito_celery        2/2  replicated          node1 node2        celery:1
        pilito_postgres      1/1  replicated          node1              postgres:1
        pilito_web           3/3  replicated          node1 node2 node3  web:1       *:80->8000/tcp
        """)
  }

  @Test func `what is wrong is said with its reason, and where docker is wrong`() {
    let text = text(SurveyScene.troubled, width: nil)
    for line in [
      "Swarm  node1 leads, 2/3 managers, 0 may be lost, 3 nodes (1 not ready), engine 24.0.7",
      "  - updating: 1 of 3 new, since 1 min",
      "  - docker service ls says 4, as it counts 1 on node3, which is down",
      "  - update paused, since 3 min: update paused due to failure or early termination of task x",
      "  - 1 task is about to be started again", "  - a task failed 10 s ago on node2: exit code 3",
      "  - 1 task waits for a node, for 3 min: no suitable node (scheduling constraints not satisfied on 2 nodes)",
    ] { #expect(text.contains("\n\(line)\n") || text.hasPrefix(line) || text.hasSuffix(line), "\(line)\n\(text)") }
    #expect(
      text.contains(#/pilito_celery +1\/2 /#) && text.contains(#/pilito_web +3\/3 /#)
        && text.contains(#/node3 +manager +down +0 /#))
  }

  @Test(arguments: [40, 60, 80, 120, 200]) func `no line is wider than the terminal, and every service is there`(
    width: Int
  ) {
    for survey in [SurveyScene.well, SurveyScene.troubled] {
      let lines = StatusView(StatusReport(survey), width: width).lines
      #expect(lines.allSatisfy { $0.width <= width })
      let text = lines.map(\.text).joined(separator: "\n")
      for name in ["pilito_web", "3/3", "node3"] { #expect(text.contains(name), "\(text)") }
    }
  }

  @Test func `other stacks are left out`() {
    #expect(StatusReport(SurveyScene.well, stack: "pilito").services.count == 3)
    #expect(text(SurveyScene.well, width: nil, stack: "other").contains("No service in other."))
  }

  @Test func `names and errors can't move the cursor`() {
    var service = SurveyScene.service("web", replicas: 1)
    service.name = "\u{1B}[2J\u{7}evil\u{202E}\n"
    let task = SurveyScene.task("web", 1, "", .pending, at: 990, error: "\u{1B}]0;title\u{7}\r\nx\u{9B}31m")
    let survey = Survey(nodes: SurveyScene.nodes(), services: [service], tasks: [task], time: 1000)
    for width in [nil, 60] {
      let rendered = StatusView(StatusReport(survey), width: width).lines.map { $0.rendered(color: false) }
      let scalars = rendered.joined().unicodeScalars
      #expect(!scalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) || $0.value == 0x202E })
    }
  }

  @Test func `the report is JSON`() throws {
    let encoded = try JSONEncoder().encode(StatusReport(SurveyScene.troubled, stack: "pilito"))
    let object = try #require(JSONSerialization.jsonObject(with: encoded) as? [String: Any])
    let services = try #require(object["services"] as? [[String: Any]])
    let celery = try #require(services.first { $0["name"] as? String == "pilito_celery" })
    #expect(celery["running"] as? Int == 1 && celery["isHealthy"] as? Bool == false)
    #expect((celery["lastFailure"] as? [String: Any])?["exitCode"] as? Int == 3)
  }

  @Test func `the survey has the facts of a score`() {
    #expect(Score(facts(SurveyScene.well)).value == 100)
    let score = Score(facts(SurveyScene.troubled))
    #expect(
      score.deductions.map(\.text) == [
        "pilito_postgres runs 0 of 1 replica", "pilito_celery runs 1 of 2 replicas",
        "the update of pilito_celery is paused",
        "tasks of pilito_celery failed 3 times or more in 10 min", "node3 is down",
        "2 of 3 managers reachable: none may be lost",
      ])
    #expect(score.value == 10)
  }

  private func facts(_ survey: Survey) -> Facts {
    var facts = Facts()
    facts.swarm = .facts(survey.facts())
    return facts
  }
}
