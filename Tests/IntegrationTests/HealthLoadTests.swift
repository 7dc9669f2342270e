import Foundation
import Glibc
import Testing

/// What probes cost those who are checked: nothing.
@Suite(.timeLimit(.minutes(10)))
struct HealthLoadTests {
  private static let paths = [
    "/health/", "/health/live", "/health/ready", "/health/container", "/health/checks/postgresql",
    "/health/checks/redis", "/", "/health/?brief", "/livez", "/health/nowhere",
  ]

  @Test func `ten thousand probes add no connection and no query`() throws {
    let postgres = try PostgresServer(.init(settings: ["autovacuum": "off"]))
    let redis = try RedisServer(.init(password: "hunter2"))
    defer {
      postgres.stop()
      redis.stop()
    }
    // A database that nobody else uses: its counters are the checks' alone, as no metrics of it are collected.
    try postgres.createDatabase("watched")
    try redis.cli("config", "resetstat")
    let begin = ContinuousClock.now
    let vitals = try VitalsProcess(
      serve: ["--interval", "500ms", "--timeout", "10s", "--drain", "0s", "--collect", "swarm"]
        + ["--database-url", postgres.url(database: "watched"), "--redis-url", redis.url()])
    defer { vitals.kill() }
    try vitals.waitForHealth(200)

    let start = ContinuousClock.now
    try probe(vitals, connections: 8, rounds: 125)
    print("10000 probes in \(ContinuousClock.now - start)")

    let client = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'watched'"
    #expect(try postgres.psql(client) == "1")
    #expect(try postgres.psql("\(client) AND application_name = 'vitals'") == "1")
    #expect(try redis.cli("client", "list").split(separator: "\n").filter { $0.contains("name=vitals") }.count == 1)
    let runs = try runs(of: vitals)
    vitals.signal(SIGTERM)
    #expect(vitals.wait() == .code(0))
    // A pause of 500 ms after each run, the first of which may be half as long.
    let scheduled = Int((ContinuousClock.now - begin).seconds / 0.5) + 2

    try eventually("end of the session") { try postgres.psql(client) == "0" }
    let counters = "FROM pg_stat_database WHERE datname = 'watched'"
    #expect(try postgres.psql("SELECT sessions \(counters)") == "1")
    let commits = try #require(Int(try postgres.psql("SELECT xact_commit + xact_rollback \(counters)")))
    // PostgreSQL counts the login as a transaction.
    #expect((runs.postgres...scheduled + 1).contains(commits), "\(runs)")

    let commands = try redis.commands()
    let pings = commands["ping"] ?? 0
    #expect((runs.redis...scheduled).contains(pings), "\(runs)")
    let expected: Set = ["ping", "auth", "client|setname", "client|list", "info", "config|resetstat", "command|docs"]
    #expect(Set(commands.keys).subtracting(expected) == [])
    #expect(commands["client|setname"] == 1)
  }

  /// Successful runs so far, as the service counts them.
  private func runs(of vitals: VitalsProcess) throws -> (postgres: Int, redis: Int) {
    func count(_ check: String) throws -> Int {
      Int(try vitals.metric("health_check_runs_total{check=\"\(check)\",result=\"success\"}") ?? 0)
    }
    return (try count("postgresql"), try count("redis"))
  }

  /// Sends all paths in one piece, again and again, on several connections.
  private func probe(_ vitals: VitalsProcess, connections: Int, rounds: Int) throws {
    let sockets = try (0..<connections).map { _ in try vitals.connect() }
    let batch = Self.paths.map { "GET \($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined()
    for _ in 0..<rounds {
      for socket in sockets { try socket.send(batch) }
      for socket in sockets {
        for path in Self.paths {
          #expect(try socket.readResponse().status == (path == "/health/nowhere" ? 404 : 200))
        }
      }
      #expect(try vitals.get("/metrics").status == 200)
    }
  }
}

extension RedisServer {
  /// How often each command was called, by INFO's own count.
  fileprivate func commands() throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for line in try cli("info", "commandstats").split(whereSeparator: \.isNewline) where line.hasPrefix("cmdstat_") {
      let pair = line.dropFirst("cmdstat_".count).split(separator: ":")
      counts[String(pair[0])] = pair[1].split(separator: ",").first.flatMap { Int($0.dropFirst("calls=".count)) }
    }
    return counts
  }
}
