import Foundation
import Glibc
import Testing

/// The states of a service, each told alike in every form: JSON, text, HTML, metrics and the probe's exit code.
@Suite(.timeLimit(.minutes(10)))
struct HealthStateTests {
  @Test(arguments: HealthScenario.all)
  func `every form says the same`(scenario: HealthScenario) throws {
    let peers = try scenario.checks.map { try FailurePeer($0.behaviour) }
    defer { for peer in peers { peer.stop() } }
    let checks = zip(scenario.checks, peers).flatMap { check, peer in
      ["--check", "\(check.name)=http://\(peer.address)/\(check.options)"]
    }
    let flags = ["--interval", "300ms", "--timeout", "200ms", "--drain", "60s"]
    let vitals = try VitalsProcess(serve: flags + checks)
    defer { vitals.kill() }
    if scenario.isDraining {
      try vitals.waitForHealth(200)
      vitals.signal(SIGTERM)
    }
    try eventually(within: .seconds(20), "\(scenario)") {
      let body = try vitals.health().body
      return body.status == scenario.status && body.output == scenario.output
    }
    try expectHealth(vitals, scenario)
    try expectMetrics(vitals, scenario)
    try expectProbes(vitals, scenario)
  }

  @Test func `a service that is told to stop fails until it is gone, and then ends well`() throws {
    let vitals = try VitalsProcess(serve: ["--drain", "1s"])
    defer { vitals.kill() }
    try vitals.waitForHealth(200)
    let watcher = try HealthWatcher(vitals.address)
    defer { watcher.stop() }
    let begin = ContinuousClock.now
    vitals.signal(SIGTERM)
    try vitals.waitForLine(containing: "draining")
    #expect(try vitals.health().code == 503)
    #expect(try vitals.get("/health/live").status == 200)
    #expect(try vitals.get("/metrics").text.contains("\nhealth_draining 1\n"))
    #expect(vitals.wait() == .code(0))
    let time = ContinuousClock.now - begin
    #expect(time > .milliseconds(900) && time < .seconds(4))
  }

  private func expectHealth(_ vitals: VitalsProcess, _ scenario: HealthScenario) throws {
    let (code, status) = (scenario.code, scenario.status)
    let forms = [
      ("application/json", "{\"status\":\"\(status)\","), ("application/health+json", "{\"status\":\"\(status)\","),
      ("text/plain", "\(status)\n"), ("text/html", "<!doctype html>"),
    ]
    for (type, beginning) in forms {
      let answer = try vitals.get("/health/", headers: ["Accept": type])
      #expect(answer.status == code)
      #expect(answer.text.hasPrefix(beginning))
      if type == "text/html" { #expect(answer.text.contains(scenario.mark)) }
    }
    let brief = try vitals.get("/health/?brief")
    #expect(brief.status == code)
    #expect(brief.text == "{\"status\":\"\(status)\"}")
    let ready = try vitals.get("/health/ready", headers: ["Accept": "text/plain"])
    #expect(ready.status == code)
    #expect(ready.text == "\(status)\n\(scenario.output.map { "\($0)\n" } ?? "")")
    // The page is for people, who have come to see it.
    let page = try vitals.get("/")
    #expect(page.status == 200)
    #expect(page.text.contains(scenario.mark))
    #expect(try vitals.get("/health/live").status == 200)
    #expect(try vitals.get("/health/container").status == (scenario.containerIsUp ? 200 : 503))
  }

  private func expectMetrics(_ vitals: VitalsProcess, _ scenario: HealthScenario) throws {
    for status in ["pass", "warn", "fail"] {
      let value = try vitals.metric("health_status{status=\"\(status)\"}")
      #expect(value == (status == scenario.status ? 1 : 0))
    }
    #expect(try vitals.metric("health_draining") == (scenario.isDraining ? 1 : 0))
    let body = try vitals.health().body
    #expect(body.names == Set(scenario.checks.map(\.name)))
    for name in body.names {
      let check = try #require(body[name])
      let isUp = check.status != "fail"
      let labels = "check=\"\(name)\",critical=\"\(check.critical == true)\""
      #expect(try vitals.metric("health_check_up{\(labels)}") == (isUp ? 1 : 0))
      #expect(try vitals.metric("health_check_status{check=\"\(name)\",status=\"\(check.status)\"}") == 1)
      #expect(try vitals.get("/health/checks/\(name)").status == (isUp ? 200 : 503))
    }
  }

  private func expectProbes(_ vitals: VitalsProcess, _ scenario: HealthScenario) throws {
    let isUp = scenario.code == 200
    for (path, isUp) in [
      ("/health/", isUp), ("/health/ready", isUp), ("/health/live", true),
      ("/health/container", scenario.containerIsUp),
    ] {
      let probe = try VitalsProcess.run(["probe", "--path", path, "http://\(vitals.address)"])
      #expect(probe.exit == .code(isUp ? 0 : 1), "\(path)")
      #expect(probe.output.split(separator: "\n").count == 1)
      if path == "/health/" { #expect(probe.output.hasPrefix(scenario.status)) }
    }
    let container = try VitalsProcess.run(["probe"], environment: ["VITALS_LISTEN": "\(vitals.address)"])
    #expect(container.exit == .code(scenario.containerIsUp ? 0 : 1))
  }
}
