import Foundation
import Testing

/// Every way to fail has its own reason, and none of them gives anything away.
@Suite(.timeLimit(.minutes(10)))
struct FailureReasonTests {
  @Test func `each failure has its reason, wherever it is told`() throws {
    let scene = try FailureScene()
    defer { scene.stop() }
    let vitals = try VitalsProcess(
      serve: scene.arguments + ["--log-level", "trace"],
      environment: ["RES_OPTIONS": "attempts:1"])
    defer { vitals.kill() }
    try vitals.waitForAllResults()
    try eventually(within: .seconds(20), "several runs") {
      try vitals.health().body["http-404"]?.consecutiveFailures ?? 0 >= 3
    }

    let (code, body) = try vitals.health()
    #expect(code == 503)
    #expect(body.status == "fail")
    #expect(body.names == Set(scene.cases.map(\.name)))
    for each in scene.cases {
      let status = each.reason == nil ? "pass" : "fail"
      let name = Comment(rawValue: each.name)
      #expect(body[each.name]?.status == status, name)
      #expect(body[each.name]?.reason == each.reason, name)
      #expect((body[each.name]?.observedValue != nil) == (each.reason == nil), name)
      let single = try vitals.get("/health/checks/\(each.name)")
      #expect(single.status == (each.reason == nil ? 200 : 503), name)
      #expect(try HealthBody(single)[each.name]?.reason == each.reason, name)
      let labels = "{check=\"\(each.name)\",critical=\"true\"}"
      #expect(try vitals.metric("health_check_up\(labels)") == (each.reason == nil ? 1 : 0), name)
      let result = "{check=\"\(each.name)\",result=\"\(each.reason ?? "success")\"}"
      #expect(try vitals.metric("health_check_runs_total\(result)") ?? 0 >= 1, name)
    }

    // The log says once what the matter is, however often the check runs.
    let log = vitals.errorOutput
    for each in scene.cases {
      let reasons = log.split(separator: "\n").filter { $0.contains("check=\(each.name) ") }.map { line in
        line.split(separator: " ").first { $0.hasPrefix("reason=") }
      }
      #expect(reasons.contains(each.reason.map { "reason=\($0)" }), "\(each.name)")
      #expect(zip(reasons, reasons.dropFirst()).allSatisfy { $0 != $1 }, "\(each.name): \(reasons)")
    }
    expectNoSecrets(in: log)
  }

  @Test func `a Redis that loads its data is loading, then healthy by itself`() throws {
    let server = try RedisServer()
    defer { server.stop() }
    let vitals = try VitalsProcess(serve: ["--redis-url", server.url()])
    defer { vitals.kill() }
    try vitals.waitForHealth(200)
    let watcher = try HealthWatcher(vitals.address)
    defer { watcher.stop() }
    let start = ContinuousClock.now
    try server.restartLoading(for: .seconds(2))
    let loading = try watcher.first("loading", since: start) { $0.output == "redis loading" }
    #expect(loading.code == 503)
    // It asks every quarter of a second while the server says that it will be there in a moment.
    try eventually(within: .seconds(20), "loaded") { try server.cli("dbsize") == "200" }
    let loaded = ContinuousClock.now
    let recovery = try watcher.first("recovery", since: start) { $0.code == 200 && $0.time > loading.time }
    #expect(recovery.time - loaded < .seconds(2))
  }

  @Test func `a PostgreSQL that starts up is starting, then healthy by itself`() throws {
    // Recovery waits as long as this file is there.
    let hold = "\(try Scratch.directory("recovery"))/hold"
    let server = try PostgresServer(
      .init(settings: ["restore_command": "while test -e \(hold); do sleep 0.05; done; false"]))
    defer { server.stop() }
    let vitals = try VitalsProcess(serve: ["--database-url", server.url()])
    defer { vitals.kill() }
    try vitals.waitForHealth(200)
    let watcher = try HealthWatcher(vitals.address)
    defer { watcher.stop() }

    server.kill()
    try Data().write(to: URL(fileURLWithPath: hold))
    try Subprocess.run(["touch", "\(server.directory)/data/recovery.signal"])
    let start = ContinuousClock.now
    let isUp = Monitor<ContinuousClock.Instant?>(nil)
    Thread.detachNewThread {
      try? server.start()
      isUp.withLock { $0 = .now }
    }
    let starting = try watcher.first("starting", since: start) { $0.output == "postgresql starting" }
    #expect(starting.code == 503)
    try FileManager.default.removeItem(atPath: hold)
    let up = try #require(isUp.wait(within: .seconds(30)) { $0 })
    let recovery = try watcher.first("recovery", since: starting.time) { $0.code == 200 }
    #expect(recovery.time - up < .seconds(2))
  }
}

extension VitalsProcess {
  /// Waits until every check has run once.
  func waitForAllResults() throws {
    try eventually(within: .seconds(20), "results of all checks") {
      try !get("/health/").text.contains("\"reason\":\"pending\"")
    }
  }
}
