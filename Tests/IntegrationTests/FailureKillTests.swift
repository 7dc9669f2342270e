import Foundation
import Glibc
import Testing

/// A dependency that goes away is noticed when its socket says so, and one that comes back without anybody's help.
@Suite(.timeLimit(.minutes(10)))
struct FailureKillTests {
  /// The bound of the contract: from the end of the process to the first answer that says so.
  private static let bound = Duration.milliseconds(250)

  @Test func `a killed PostgreSQL is told within 250 ms, and again when it is back`() throws {
    let server = try PostgresServer()
    defer { server.stop() }
    try kill("postgresql", ["--database-url", server.url()], rounds: 3) {
      server.kill()
    } start: {
      try server.start()
    }
  }

  @Test func `a killed Redis is told within 250 ms, and again when it is back`() throws {
    let server = try RedisServer(.init(password: "hunter2"))
    defer { server.stop() }
    try kill("redis", ["--redis-url", server.url()], rounds: 5) {
      server.kill()
    } start: {
      try server.start()
    }
  }

  @Test func `a killed server on a unix socket is told as well`() throws {
    let postgres = try PostgresServer()
    let redis = try RedisServer()
    defer {
      postgres.stop()
      redis.stop()
    }
    try kill("postgresql", ["--database-url", postgres.socketURL()], rounds: 1) {
      postgres.kill()
    } start: {
      try postgres.start()
    }
    try kill("redis", ["--redis-url", "unix://\(redis.socketPath)"], rounds: 1) {
      redis.kill()
    } start: {
      try redis.start()
    }
  }

  /// An administrator's shutdown says goodbye; meanwhile the server turns newcomers away as `starting`.
  @Test(arguments: [PostgresServer.StopMode.fast, .immediate])
  func `a PostgreSQL that is shut down is told within 250 ms`(mode: PostgresServer.StopMode) throws {
    let server = try PostgresServer()
    defer { server.stop() }
    try kill("postgresql", ["--database-url", server.url()], rounds: 1) {
      try server.stop(mode)
    } start: {
      try server.start()
    }
  }

  /// An idle connection that is cut once is mended in silence: the server is well.
  @Test func `a connection that the server ends is replaced without a failure`() throws {
    let postgres = try PostgresServer()
    let redis = try RedisServer()
    defer {
      postgres.stop()
      redis.stop()
    }
    let vitals = try VitalsProcess(
      serve: ["--interval", "60s", "--database-url", postgres.url(), "--redis-url", redis.url()])
    defer { vitals.kill() }
    try vitals.waitForHealth(200)
    let watcher = try HealthWatcher(vitals.address)
    defer { watcher.stop() }

    try postgres.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vitals'")
    try redis.cli("client", "kill", "type", "normal")
    try eventually(within: .seconds(10), "reconnects") {
      try vitals.metric("health_check_reconnects_total{check=\"postgresql\"}") == 1
        && vitals.metric("health_check_reconnects_total{check=\"redis\"}") == 1
    }
    #expect(watcher.observations.map(\.code) == [200])
    #expect(try postgres.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vitals'") == "1")
  }

  /// Ends a server and starts it again, some times, and follows what the service says.
  private func kill(
    _ check: String, _ arguments: [String], rounds: Int, end: () throws -> Void, start: () throws -> Void
  ) throws {
    // The interval is the default: noticing must not depend on it.
    let vitals = try VitalsProcess(serve: arguments)
    defer { vitals.kill() }
    try vitals.waitForHealth(200)
    let watcher = try HealthWatcher(vitals.address, pause: .milliseconds(1))
    defer { watcher.stop() }

    var delays: [Duration] = []
    for _ in 0..<rounds {
      let begin = ContinuousClock.now
      try end()
      let gone = ContinuousClock.now
      let failure = try watcher.first("failure", since: begin) { $0.code == 503 }
      delays.append(failure.time - gone)
      let refused = try watcher.first("refusal", since: begin) { $0.output == "\(check) refused" }
      #expect(refused.status == "fail")

      #expect(try vitals.get("/health/live").status == 200)
      #expect(try vitals.get("/health/container").status == 200)
      #expect(try vitals.get("/health/ready").status == 503)
      #expect(try vitals.get("/health/checks/\(check)").status == 503)

      try start()
      let up = ContinuousClock.now
      let recovery = try watcher.first("recovery", since: refused.time) { $0.code == 200 }
      #expect(recovery.status == "pass")
      #expect(recovery.time - up < .seconds(8), "the longest pause between two attempts is the interval, 5 s")
    }
    print("\(check) gone to 503: \(delays.map { "\(Int($0.seconds * 1000)) ms" }.joined(separator: ", "))")
    let median = delays.sorted()[delays.count / 2]
    #expect(median < Self.bound)
    #expect(watcher.failure == nil, "\(vitals.errorOutput)")
  }
}
