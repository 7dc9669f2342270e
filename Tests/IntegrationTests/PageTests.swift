import Foundation
import Testing

/// The status page in a browser, as people see it who have no swarm.
@Suite(.timeLimit(.minutes(20)))
struct PageTests {
  @Test func `a browser has nothing to complain of, with or without a token`() throws {
    let postgres = try PostgresServer()
    defer { postgres.stop() }
    let redis = try RedisServer()
    defer { redis.stop() }
    let arguments = ["--interval", "200ms", "--database-url", postgres.url(), "--redis-url", redis.url()]
    let open = try VitalsProcess(serve: arguments)
    defer { open.kill() }
    let token = ["VITALS_TOKEN": "sesame: open!"]
    let closed = try VitalsProcess(serve: arguments + ["--details", "authorized"], environment: token)
    defer { closed.kill() }
    for vitals in [open, closed] {
      try eventually(within: .seconds(20), "health") { try vitals.get("/health/").status == 200 }
    }
    try Browser.use(open, authorized: closed, token: "sesame: open!")
    try Browser.look(at: [("no-engine", open), ("stranger", closed)])
  }

  @Test func `the page is made once a second, and anew for another verdict`() throws {
    let redis = try RedisServer()
    defer { redis.stop() }
    let vitals = try VitalsProcess(serve: ["--interval", "100ms", "--redis-url", redis.url()])
    defer { vitals.kill() }
    try eventually(within: .seconds(20), "health") { try vitals.get("/").text.contains("<body data-status=\"pass\"") }
    let pages = try (0..<200).map { _ in try vitals.get("/").body }
    #expect(Set(pages).count < 20)
    redis.kill()
    // Past the second in which it would be kept, `/health/` and `/` must not differ.
    try eventually(within: .seconds(20), "failure") { try vitals.get("/health/").status == 503 }
    for path in ["/", "/health/"] {
      let page = try vitals.get(path, headers: ["Accept": "text/html"])
      #expect(page.status == (path == "/" ? 200 : 503))
      #expect(page.text.contains("<body data-status=\"fail\""))
      #expect(page.text.contains("<title>Failing: redis · "))
    }
  }
}

extension EngineTests {
  /// The status page in a browser, as people see it who run a swarm.
  @Suite(.timeLimit(.minutes(20)))
  struct PageTests {
    @Test func `a browser shows the swarm, well and ill`() throws {
      let engine = try DockerEngine(.init(name: "node1"))
      defer { engine.stop() }
      try engine.initializeSwarm()
      let (postgres, redis) = (try PostgresServer(), try RedisServer())
      defer { for stop in [postgres.stop, redis.stop] { stop() } }
      let stack = ["--label", "com.docker.stack.namespace=pilito"]
      for (name, replicas) in [("web", 3), ("worker", 2), ("beat", 1)] {
        try engine.createService("pilito_\(name)", ["--replicas", "\(replicas)"] + stack)
      }
      try engine.createService("pilito_agent", ["--mode", "global"] + stack)
      for (name, replicas) in [("web", 3), ("worker", 2), ("beat", 1), ("agent", 1)] {
        try engine.waitForRunning(replicas, of: "pilito_\(name)")
      }
      let healthy = try serve(engine, [postgres.url(), redis.url()])
      defer { healthy.kill() }
      try healthy.waitForPage("the swarm") { $0["swarm_up"] == 1 }
      let text = try healthy.get("/").text
      #expect(text.contains("4 services, 1 node, 7 running tasks"))
      #expect(!text.contains("Needs attention"))
      try Browser.look(at: [("healthy", healthy)])

      try makeTrouble(engine)
      let unreachable = "redis://127.0.0.1:\(try Scratch.port())"
      let degraded = try serve(
        engine, [postgres.url(), redis.url()], ["--check", "search=\(unreachable),critical=false"])
      defer { degraded.kill() }
      let failing = try serve(engine, [postgres.url(), unreachable])
      defer { failing.kill() }
      for vitals in [degraded, failing] {
        try vitals.waitForPage("the swarm") { $0["swarm_up"] == 1 }
        let page = try vitals.get("/").text
        for sentence in ["Needs attention", "updating", "no node can take a task", "ended with exit code 3"] {
          #expect(page.contains(sentence), "\(sentence)")
        }
      }

      try Browser.look(at: [("degraded", degraded), ("failing", failing)])
      try engine.leaveSwarm()
      let alone = try serve(engine, [postgres.url(), redis.url()])
      defer { alone.kill() }
      try alone.waitForSwarmState("inactive")
      #expect(try alone.get("/").text.contains("run docker swarm init"))
      try Browser.look(at: [("no-swarm", alone)])
    }

    private func serve(_ engine: DockerEngine, _ urls: [String], _ more: [String] = []) throws -> VitalsProcess {
      try VitalsProcess(
        serve: ["--interval", "200ms", "--docker-host", engine.host, "--database-url", urls[0], "--redis-url", urls[1]]
          + more)
    }

    /// An update that takes its time, a task that finds no node, and one that fails again and again.
    private func makeTrouble(_ engine: DockerEngine) throws {
      let update = ["service", "update", "--detach", "--no-resolve-image"]
      try engine.docker(update + ["--force", "--update-delay", "1h", "pilito_web"])
      try engine.docker(update + ["--constraint-add", "node.labels.rack==nowhere", "pilito_worker"])
      try engine.docker(update + ["--args", "sh -c 'sleep 1; exit 3'", "--restart-delay", "3s", "pilito_beat"])
      try eventually(within: .seconds(60), every: .milliseconds(200), "trouble") {
        let states = try engine.docker("service", "ps", "--format", "{{.CurrentState}}", "pilito_beat")
        return try states.contains("Failed") && engine.taskStates(of: "pilito_worker").contains("Pending")
      }
    }
  }
}
