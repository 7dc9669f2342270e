import Foundation
import Glibc
import Testing

/// The states of a service, each told alike in every form: JSON, text, HTML, metrics and the probe's exit code.
@Suite(.timeLimit(.minutes(10)))
struct HealthStateTests {
  /// A state, and a service that is in it.
  enum State: CaseIterable {
    case pass, warnOptional, warnTimeout, fail, failStarted, pending, draining, unchecked
  }

  /// What is expected of it.
  struct Expectation {
    var status: String
    /// Of `/health/`, one of these.
    var output: String?
    var containerIsUp: Bool
  }

  @Test(arguments: State.allCases)
  func `every form says the same`(state: State) throws {
    let peers = Peers()
    defer { peers.stop() }
    let vitals = try serve(state, peers)
    defer { vitals.kill() }
    let expected = try enter(state, vitals, peers)
    try expectParity(vitals, expected)
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

  // MARK: The states

  private func serve(_ state: State, _ peers: Peers) throws -> VitalsProcess {
    let flags = ["--interval", "300ms", "--timeout", "200ms", "--failures", "3", "--drain", "60s"]
    switch state {
    case .unchecked: return try VitalsProcess(serve: ["--drain", "60s"])
    case .pending:
      let check = "slow=http://\(try peers.add { _ in .silent })/,timeout=60s"
      return try VitalsProcess(serve: flags + ["--check", check])
    case .warnTimeout:
      let address = try peers.add { $0 == 0 ? .http(204) : .silent }
      return try VitalsProcess(serve: flags.map { $0 == "3" ? "1000" : $0 } + ["--check", "a=http://\(address)/"])
    case .pass, .warnOptional, .fail, .failStarted, .draining:
      let good = try peers.add { _ in .http(200) }
      let other = try peers.add { number in
        switch state {
        case .pass, .draining: .http(200)
        case .failStarted where number == 0: .http(200)
        default: .http(500)
        }
      }
      let critical = state == .warnOptional ? ",critical=false" : ""
      return try VitalsProcess(
        serve: flags
          + ["--check", "a=http://\(good)/", "--check", "b=http://\(other)/\(critical)"])
    }
  }

  /// Waits until the service is in the state.
  private func enter(_ state: State, _ vitals: VitalsProcess, _ peers: Peers) throws -> Expectation {
    switch state {
    case .pass, .unchecked:
      try vitals.waitForHealth(200)
      return Expectation(status: "pass", containerIsUp: true)
    case .warnOptional:
      try vitals.waitForHealth(200, "query", of: "b")
      return Expectation(status: "warn", output: "b query", containerIsUp: true)
    case .warnTimeout:
      try vitals.waitForHealth(200, "timeout", of: "a")
      return Expectation(status: "warn", output: "a timeout", containerIsUp: true)
    case .fail:
      try vitals.waitForHealth(503, "query", of: "b")
      try vitals.waitForAllResults()
      return Expectation(status: "fail", output: "b query", containerIsUp: false)
    case .failStarted:
      try vitals.waitForHealth(503, "query", of: "b")
      return Expectation(status: "fail", output: "b query", containerIsUp: true)
    case .pending:
      return Expectation(status: "fail", output: "slow pending", containerIsUp: false)
    case .draining:
      try vitals.waitForHealth(200)
      vitals.signal(SIGTERM)
      try vitals.waitForLine(containing: "draining")
      return Expectation(status: "fail", output: "draining", containerIsUp: true)
    }
  }

  private func expectParity(_ vitals: VitalsProcess, _ expected: Expectation) throws {
    let code = expected.status == "fail" ? 503 : 200
    let json = try vitals.get("/health/")
    #expect(json.status == code)
    let body = try HealthBody(json)
    #expect(body.status == expected.status)
    #expect(body.output == expected.output)

    let text = try vitals.get("/health/", headers: ["Accept": "text/plain"])
    #expect(text.status == code)
    #expect(text.text.hasPrefix("\(expected.status)\n"))
    let html = try vitals.get("/health/", headers: ["Accept": "text/html"])
    #expect(html.status == code)
    #expect(html.text.contains("<h1 class=\(expected.status)>\(expected.status)</h1>"))
    let brief = try vitals.get("/health/?brief")
    #expect(brief.status == code)
    #expect(brief.text == "{\"status\":\"\(expected.status)\"}")
    let ready = try vitals.get("/health/ready")
    #expect(ready.status == code)
    #expect(ready.text.hasPrefix("{\"status\":\"\(expected.status)\""))
    let page = try vitals.get("/")
    #expect(page.status == 200)
    #expect(page.text.contains("<h1 class=\(expected.status)>\(expected.status)</h1>"))

    for status in ["pass", "warn", "fail"] {
      let value = try vitals.metric("health_status{status=\"\(status)\"}")
      #expect(value == (status == expected.status ? 1 : 0))
    }
    for name in body.names {
      let check = try #require(body[name])
      let isUp = check.status != "fail"
      let labels = "check=\"\(name)\",critical=\"\(check.critical == true)\""
      #expect(try vitals.metric("health_check_up{\(labels)}") == (isUp ? 1 : 0))
      #expect(try vitals.metric("health_check_status{check=\"\(name)\",status=\"\(check.status)\"}") == 1)
      #expect(try vitals.get("/health/checks/\(name)").status == (isUp ? 200 : 503))
    }

    #expect(try vitals.get("/health/live").status == 200)
    #expect(try vitals.get("/health/container").status == (expected.containerIsUp ? 200 : 503))
    for (path, isUp) in [
      ("/health/", code == 200), ("/health/ready", code == 200), ("/health/container", expected.containerIsUp),
      ("/health/live", true),
    ] {
      let probe = try VitalsProcess.run(["probe", "--path", path, "http://\(vitals.address)"])
      #expect(probe.exit == .code(isUp ? 0 : 1), "\(path): \(probe.output)")
      #expect(probe.output.hasPrefix(isUp ? (path == "/health/" ? expected.status : "") : "fail"), "\(probe.output)")
      #expect(probe.output.split(separator: "\n").count == 1)
    }
    let container = try VitalsProcess.run(["probe"], environment: ["VITALS_LISTEN": "\(vitals.address)"])
    #expect(container.exit == .code(expected.containerIsUp ? 0 : 1))
  }
}

/// The peers of one test.
private final class Peers {
  private var all: [FailurePeer] = []

  func add(_ behaviour: @escaping @Sendable (Int) -> FailurePeer.Behaviour) throws -> String {
    let peer = try FailurePeer(behaviour)
    all.append(peer)
    return peer.address
  }

  func stop() {
    for peer in all { peer.stop() }
  }
}
