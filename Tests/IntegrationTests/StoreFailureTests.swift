import Foundation
import Testing

/// Databases that are not well: what the metrics say meanwhile, and that everything comes back by itself.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct StoreFailureTests {
  /// One kind of database with what happens to it.
  private struct Store {
    let up: String
    /// A family that is there while the server tells of itself.
    let family: String
    let other: String
    let fail: () throws -> Void
    let mend: () throws -> Void
  }

  private let postgres: PostgresServer
  private let redis: RedisServer
  private let vitals: VitalsProcess

  private static let shared = Result {
    let postgres = try PostgresServer()
    try postgres.createRole("watcher", password: "pomelo", attributes: "IN ROLE pg_monitor")
    let redis = try RedisServer(.init(users: ["watcher on >pomelo -@all +ping +info +config|get +slowlog|len"]))
    let vitals = try VitalsProcess.watching([
      "--database-url", postgres.url(user: "watcher", password: "pomelo"),
      "--redis-url", redis.url(user: "watcher", password: "pomelo"),
    ])
    return (postgres: postgres, redis: redis, vitals: vitals)
  }

  init() throws {
    (postgres, redis, vitals) = try Self.shared.get()
    try vitals.waitForPage("both databases") { $0["pg_up"] == 1 && $0["redis_up"] == 1 }
  }

  private func live(_ through: Store, isSilent: Bool = false) throws {
    let began = try vitals.page()
    #expect(began[through.up] == 1 && !began.samples(of: through.family).isEmpty)
    try through.fail()
    try vitals.waitForPage("\(through.up) 0") { $0[through.up] == 0 }
    // What it brought last stands for two more refreshes; then it is no longer true.
    try vitals.waitForPage("families that go") {
      $0.samples(of: through.family).isEmpty && $0[through.up] == 0
    }
    let gone = try vitals.page()
    let prefix = through.up.replacing("up", with: "")
    #expect(Set(gone.families.keys.filter { $0.hasPrefix(prefix) }) == [through.up])
    #expect(gone[through.other] == 1)
    #expect(gone.families.count { $0.key.hasPrefix(through.other.replacing("up", with: "")) } > 50)
    let errors = ["collector": prefix == "pg_" ? "postgresql" : "redis"]
    #expect(gone["vitals_collector_up", errors] == 0)
    let failures = gone["vitals_collector_errors_total", errors] ?? 0
    // A refresh that hangs takes as long as three that are refused at once.
    #expect(failures - (began["vitals_collector_errors_total", errors] ?? 0) >= (isSilent ? 1 : 3))
    #expect(try vitals.get("/health/live").status == 200)
    // The other goes on being asked.
    let other = ["collector": prefix == "pg_" ? "redis" : "postgresql"]
    let name = "vitals_collector_last_success_timestamp_seconds"
    try vitals.waitForPage("refreshes of the other") { $0[name, other] ?? 0 > gone[name, other] ?? 0 }
    try through.mend()
    try vitals.waitForPage("\(through.up) 1") { $0[through.up] == 1 && !$0.samples(of: through.family).isEmpty }
  }

  private func postgres(_ fail: @escaping () throws -> Void, mend: @escaping () throws -> Void) -> Store {
    Store(up: "pg_up", family: "pg_stat_database_xact_commit", other: "redis_up", fail: fail, mend: mend)
  }

  private func redis(_ fail: @escaping () throws -> Void, mend: @escaping () throws -> Void) -> Store {
    Store(up: "redis_up", family: "redis_connected_clients", other: "pg_up", fail: fail, mend: mend)
  }

  /// Ends the watcher's sessions, which have been let in already.
  private func turnOut() throws {
    try postgres.psql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'watcher'")
  }

  @Test func `stopped`() throws {
    try live(postgres({ [postgres] in postgres.kill() }, mend: { [postgres] in try postgres.start() }))
    try live(redis({ [redis] in redis.kill() }, mend: { [redis] in try redis.start() }))
  }

  @Test func `hung`() throws {
    try live(
      postgres({ [postgres] in try postgres.pause() }, mend: { [postgres] in postgres.resume() }), isSilent: true)
    try live(redis({ [redis] in try redis.pause() }, mend: { [redis] in redis.resume() }), isSilent: true)
  }

  @Test func `with another password`() throws {
    try live(
      postgres({
        try postgres.psql("ALTER ROLE watcher PASSWORD 'other'")
        try turnOut()
      }) { try postgres.psql("ALTER ROLE watcher PASSWORD 'pomelo'") })
    try live(
      redis({
        try redis.cli("acl", "setuser", "watcher", "resetpass", ">other")
        try redis.cli("client", "kill", "user", "watcher")
      }) { try redis.cli("acl", "setuser", "watcher", "resetpass", ">pomelo") })
  }

  @Test func `without rights`() throws {
    try live(
      postgres({
        try postgres.psql("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
        try turnOut()
      }) { try postgres.psql("GRANT CONNECT ON DATABASE postgres TO PUBLIC") })
    try live(
      redis({ try redis.cli("acl", "setuser", "watcher", "-info") }) {
        try redis.cli("acl", "setuser", "watcher", "+info")
      })
  }

  @Test func `full`() throws {
    try live(
      postgres({
        try postgres.psql("ALTER ROLE watcher CONNECTION LIMIT 0")
        try turnOut()
      }) { try postgres.psql("ALTER ROLE watcher CONNECTION LIMIT -1") })
    // Over the socket of the administrator, whose place is kept by the one that asks.
    try live(
      redis({
        let admin = try RawSocket(.unix(redis.socketPath))
        try admin.send("CONFIG SET maxclients 1\r\nCLIENT KILL USER watcher\r\n")
        Self.places.withLock { $0.append(admin) }
      }) {
        Self.places.withLock { places in
          for place in places {
            try? place.send("CONFIG SET maxclients 1000\r\n")
            place.close()
          }
          places = []
        }
      })
  }

  private static let places = Monitor<[RawSocket]>([])

  @Test func `restarted, between two refreshes, is never missed`() throws {
    let before = try vitals.page()
    func start(_ page: MetricsPage) -> Double? { page.samples(of: "pg_postmaster_start_time_seconds").values.first }
    func run(_ page: MetricsPage) -> String? { page.samples(of: "redis_instance_info").keys.first?.labels["run_id"] }
    let (oldStart, oldRun) = try (#require(start(before)), #require(run(before)))
    // The start is told in whole seconds.
    try eventually("another second") { Date.now.timeIntervalSince1970 >= oldStart + 1 }
    try postgres.restart()
    try redis.restart()
    let newStart = Double(try postgres.psql("SELECT floor(extract(epoch FROM pg_postmaster_start_time()))"))
    #expect(newStart != oldStart)
    let pages = try (0..<20).map { _ in
      Thread.sleep(forTimeInterval: 0.05)
      return try vitals.page()
    }
    #expect(pages.allSatisfy { !$0.samples(of: "pg_stat_database_xact_commit").isEmpty })
    #expect(pages.allSatisfy { !$0.samples(of: "redis_connected_clients").isEmpty })
    try vitals.waitForPage("both databases, started anew") { page in
      page["pg_up"] == 1 && page["redis_up"] == 1 && start(page) == newStart && ![nil, oldRun].contains(run(page))
    }
  }

  @Test func `what a role may not see is left out and told once, and the rest comes`() throws {
    let server = try PostgresServer()
    defer { server.stop() }
    try server.createRole("nobody", password: "pomelo")
    try server.createDatabase("closed")
    try server.psql("REVOKE CONNECT ON DATABASE closed FROM PUBLIC; REVOKE SELECT ON pg_stat_archiver FROM PUBLIC")
    let vitals = try VitalsProcess.watching(
      ["--database-url", server.url(user: "nobody", password: "pomelo")], refresh: "100ms")
    defer { vitals.kill() }
    try vitals.waitForPage("PostgreSQL") { $0["pg_up"] == 1 }
    let page = try vitals.page()
    #expect(page.samples(of: "pg_stat_archiver_archived_count").isEmpty)
    #expect(page.samples(of: "pg_stat_database_xact_commit", with: ["datname": "closed"]).count == 1)
    #expect(page.samples(of: "pg_database_size_bytes", with: ["datname": "closed"]).isEmpty)
    #expect(page.samples(of: "pg_database_size_bytes", with: ["datname": "postgres"]).count == 1)
    for _ in 0..<5 { _ = try vitals.nextPage(of: "postgresql") }
    #expect(vitals.errorOutput.split(separator: "\n").count { $0.contains("PostgreSQL does not tell") } == 1)
    #expect(server.logText.split(separator: "\n").count { $0.contains("permission denied") } == 1)
  }
}
