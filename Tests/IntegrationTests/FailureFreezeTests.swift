import Foundation
import Testing

/// A dependency that says nothing: a warning first, a failure on schedule, and nobody who asks has to wait for it.
@Suite(.timeLimit(.minutes(10)))
struct FailureFreezeTests {
  private static let interval = Duration.milliseconds(300)
  private static let timeout = Duration.milliseconds(200)
  private static let flags = ["--interval", "300ms", "--timeout", "200ms", "--failures", "3"]
  private static let paths = [
    "/health/", "/health", "/health/live", "/health/ready", "/health/container", "/metrics", "/", "/health/?brief",
  ]

  @Test func `a frozen PostgreSQL is a warning, then a failure, on schedule`() throws {
    let server = try PostgresServer()
    defer { server.stop() }
    try freeze("postgresql", ["--database-url", server.url()]) {
      try server.pause()
    } resume: {
      server.resume()
    }
  }

  @Test func `a frozen Redis is a warning, then a failure, on schedule`() throws {
    let server = try RedisServer()
    defer { server.stop() }
    try freeze("redis", ["--redis-url", server.url()]) {
      try server.pause()
    } resume: {
      server.resume()
    }
  }

  private func freeze(
    _ check: String, _ arguments: [String], pause: () throws -> Void, resume: () -> Void
  ) throws {
    let vitals = try VitalsProcess(serve: Self.flags + arguments)
    defer { vitals.kill() }
    try vitals.waitForHealth(200)
    let watcher = try HealthWatcher(vitals.address)
    defer { watcher.stop() }

    let begin = ContinuousClock.now
    try pause()
    let times = try ask(Self.paths + ["/health/checks/\(check)"], of: vitals, until: begin + .seconds(3))

    let warning = try watcher.first("warning", since: begin) { $0.status == "warn" }
    #expect(warning.code == 200)
    #expect(warning.output == "\(check) timeout")
    #expect(warning.time - begin < Self.interval + Self.timeout + .seconds(1))
    let failure = try watcher.first("failure", since: begin) { $0.status == "fail" }
    #expect(failure.code == 503)
    #expect(failure.output == "\(check) timeout")
    // Two more runs that end in timeouts, and the pauses before them.
    let schedule = (Self.interval + Self.timeout) * 2
    #expect(failure.time - warning.time > schedule - .milliseconds(50))
    #expect(failure.time - warning.time < schedule + .seconds(1))
    // Nothing but these in this order: not stale, as the runs go on.
    #expect(watcher.observations.map(\.status) == ["pass", "warn", "fail"])

    let sorted = times.sorted()
    let p99 = sorted[sorted.count * 99 / 100]
    print(
      "\(check) frozen: \(sorted.count) answers, p99 \(Int(p99.seconds * 1e6)) us, longest \(sorted[sorted.count - 1])")
    #expect(p99 < Self.timeout / 2)
    #expect(watcher.longest < .seconds(2))

    let resumed = ContinuousClock.now
    resume()
    let recovery = try watcher.first("recovery", since: resumed) { $0.code == 200 }
    #expect(recovery.status == "pass")
    #expect(recovery.time - resumed < .seconds(3))
  }

  /// Asks for each of the paths in turn on one connection and returns how long each answer took.
  private func ask(
    _ paths: [String], of vitals: VitalsProcess, until end: ContinuousClock.Instant
  ) throws -> [Duration] {
    let socket = try vitals.connect()
    defer { socket.close() }
    var times: [Duration] = []
    while ContinuousClock.now < end {
      for path in paths {
        let start = ContinuousClock.now
        try socket.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let response = try socket.readResponse()
        times.append(ContinuousClock.now - start)
        #expect([200, 503].contains(response.status))
      }
      Thread.sleep(forTimeInterval: 0.005)
    }
    return times
  }
}
