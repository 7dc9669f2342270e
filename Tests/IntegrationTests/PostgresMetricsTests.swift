import Foundation
import Testing

/// What happens in PostgreSQL, and what the metrics say of it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PostgresMetricsTests {
  private let scene: PostgresScene
  private let vitals: VitalsProcess

  private static let shared = Result {
    let scene = try PostgresScene.shared.get()
    let vitals = try VitalsProcess.watching(["--database-url", scene.primary.url(database: "shop")])
    try vitals.waitForPage("metrics of PostgreSQL") { $0["pg_up"] == 1 }
    return (scene: scene, vitals: vitals)
  }

  init() throws {
    (scene, vitals) = try Self.shared.get()
  }

  private func shop(_ name: String, _ page: MetricsPage) -> Double {
    page.samples(of: name, with: ["datname": "shop"]).values.reduce(0, +)
  }

  @Test func `the version, the start and the settings`() throws {
    let page = try vitals.page()
    let version = try scene.primary.psql("SELECT version()")
    let info = page.samples(of: "pg_static").keys.first
    #expect(info?.labels["version"] == version)
    #expect(info?.labels["short_version"]?.hasPrefix("\(version.split(separator: " ")[1]).") == true)
    let server = ["server": "127.0.0.1:\(scene.primary.port)"]
    #expect(page["pg_settings_max_connections", server] == 50)
    #expect(page["pg_settings_shared_buffers_bytes", server] == 8_388_608)
    // As any other session has them, not the collector's own.
    #expect(page["pg_settings_statement_timeout_seconds", server] == 0)
    #expect(page["pg_settings_transaction_read_only", server] == 0)
    let start = try #require(Double(try scene.primary.psql("SELECT extract(epoch FROM pg_postmaster_start_time())")))
    #expect(page["pg_postmaster_start_time_seconds", server] == start.rounded(.down))
    let size = try #require(Double(try scene.primary.psql("SELECT pg_database_size('shop')")))
    #expect(page["pg_database_size_bytes", server.merging(["datname": "shop"]) { $1 }] == size)
  }

  @Test func `one session of its own, which lets itself be seen`() throws {
    let sessions = """
      SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vitals' AND pid <> pg_backend_pid()
      """
    // The check has the other one.
    try eventually("two sessions") { try scene.primary.psql(sessions) == "2" }
    let before = try scene.primary.psql("SELECT xact_commit FROM pg_stat_database WHERE datname = 'shop'")
    try vitals.waitForPage("more refreshes") { _ in
      let now = try scene.primary.psql("SELECT xact_commit FROM pg_stat_database WHERE datname = 'shop'")
      return Int(now) ?? 0 > (Int(before) ?? 0) + 30
    }
    #expect(try scene.primary.psql(sessions) == "2")
  }

  @Test func `commits and rollbacks are counted`() throws {
    let before = try vitals.page()
    let script = String(repeating: "SELECT 1;\n", count: 500) + String(repeating: "BEGIN; ROLLBACK;\n", count: 200)
    try scene.primary.psql(script, database: "shop")
    try vitals.waitForPage("200 rollbacks") {
      shop("pg_stat_database_xact_rollback", $0) - shop("pg_stat_database_xact_rollback", before) == 200
    }
    let commits = shop("pg_stat_database_xact_commit", try vitals.page()) - shop("pg_stat_database_xact_commit", before)
    // A session's begin is a transaction too, and so is each of the collector's questions.
    #expect(commits >= 501 && commits < 2000)
  }

  @Test func `a deadlock is counted`() throws {
    let before = shop("pg_stat_database_deadlocks", try vitals.page())
    func party(_ own: Int, _ other: Int) throws -> Subprocess {
      let wait = """
        DO $$ BEGIN LOOP EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = \(other)); \
        PERFORM pg_sleep(0.01); END LOOP; END $$
        """
      let commands = ["BEGIN", "SELECT pg_advisory_xact_lock(\(own))", wait, "SELECT pg_advisory_xact_lock(\(other))"]
      return try Subprocess(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", scene.primary.socketURL(database: "shop")]
          + commands.flatMap { ["-c", $0] })
    }
    let parties = [try party(1, 2), try party(2, 1)]
    let ends = parties.map { $0.wait(within: .seconds(30)) }
    #expect(ends.count { $0 == .code(0) } == 1)
    try vitals.waitForPage("the deadlock") { shop("pg_stat_database_deadlocks", $0) == before + 1 }
  }

  @Test func `a transaction that idles is seen, with its age and its locks`() throws {
    let labels = ["datname": "shop", "state": "idle in transaction", "server": "127.0.0.1:\(scene.primary.port)"]
    try vitals.waitForPage("no such session") { $0["pg_stat_activity_count", labels] == 0 }
    let session = try scene.primary.session(["BEGIN", "LOCK orders IN ACCESS EXCLUSIVE MODE"], database: "shop")
    defer { session.kill() }
    let lock = ["datname": "shop", "mode": "accessexclusivelock", "server": "127.0.0.1:\(scene.primary.port)"]
    try vitals.waitForPage("the session, two seconds old") { page in
      page["pg_stat_activity_count", labels] == 1 && page["pg_stat_activity_max_tx_duration", labels] ?? 0 > 2
        && page["pg_long_running_transactions"] == 1
        && page["pg_long_running_transactions_oldest_timestamp_seconds"] ?? 0 > 2
        && page["pg_locks_count", lock] == 1
    }
    session.kill()
    try vitals.waitForPage("the end") {
      $0["pg_stat_activity_count", labels] == 0 && $0["pg_long_running_transactions"] == 0
        && $0["pg_locks_count", lock] == 0
    }
  }

  @Test func `the tables with the most dead rows are told of, twenty at most`() throws {
    let tables = (1...30).map { number in
      """
      CREATE TABLE IF NOT EXISTS t\(number) (x int); INSERT INTO t\(number) SELECT generate_series(1, \(number));
      DELETE FROM t\(number);
      """
    }
    try scene.primary.psql("VACUUM orders; \(tables.joined(separator: "\n"))", database: "shop")
    try vitals.waitForPage("the tables") { page in
      let dead = page.samples(of: "pg_stat_user_tables_n_dead_tup")
      let names = Set(dead.keys.compactMap { $0.labels["relname"] })
      return names == Set((11...30).map { "t\($0)" })
        && dead.allSatisfy { "t\(Int($0.value))" == $0.key.labels["relname"] && $0.key.labels["datname"] == "shop" }
    }
    let analyzed = try vitals.page().samples(of: "pg_stat_user_tables_last_analyze").values
    #expect(analyzed.count == 20 && analyzed.allSatisfy { $0 == 0 })
    let before = Date.now.timeIntervalSince1970.rounded(.down)
    try scene.primary.psql("ANALYZE t30", database: "shop")
    try vitals.waitForPage("an analysis") { page in
      page.samples(of: "pg_stat_user_tables_analyze_count", with: ["relname": "t30"]).values.first == 1
        && page.samples(of: "pg_stat_user_tables_last_analyze", with: ["relname": "t30"]).values.first ?? 0 >= before
    }
    try scene.primary.psql((1...30).map { "DROP TABLE t\($0);" }.joined(), database: "shop")
  }

  @Test func `statements are told of by their ids, and never by their text`() throws {
    try scene.primary.createRole("teller", password: "teller", attributes: "SUPERUSER")
    let url = "\(scene.primary.socketURL(user: "teller", database: "shop"))"
    try scene.primary.psql("SELECT pg_stat_statements_reset()", database: "shop")
    let script = String(repeating: "SELECT pg_sleep(0.02), 'pomegranate' FROM generate_series(1, 3);\n", count: 7)
    try Subprocess.run(["psql", "-XAtq", "-d", url], input: script)
    let find = "SELECT queryid FROM pg_stat_statements WHERE query LIKE '%generate_series%' AND calls = 7"
    let id = try scene.primary.psql(find, database: "shop")
    let labels = ["user": "teller", "datname": "shop", "queryid": id]
    try vitals.waitForPage("the statement") { page in
      page["pg_stat_statements_calls_total", labels] == 7 && page["pg_stat_statements_rows_total", labels] == 21
        && page["pg_stat_statements_seconds_total", labels] ?? 0 > 0.4
        && page["pg_stat_statements_block_read_seconds_total", labels] == 0
    }
    #expect(!(try vitals.get("/metrics").text.contains("pomegranate")))
    #expect(!(try vitals.get("/metrics").text.contains("generate_series")))
  }

  @Test(arguments: [0, 3]) func `as many statements as are asked for`(count: Int) throws {
    let vitals = try VitalsProcess.watching(
      ["--database-url", scene.primary.url(database: "shop"), "--statements", "\(count)"])
    defer { vitals.kill() }
    try vitals.waitForPage("PostgreSQL") { $0["pg_up"] == 1 }
    let page = try vitals.page()
    #expect(page.samples(of: "pg_stat_statements_calls_total").count == count)
  }

  @Test func `a standby tells its role and its lag, and the primary how far it is behind`() throws {
    let both = try VitalsProcess.watching([
      "--database-url", scene.primary.url(database: "shop"), "--check",
      "replica=\(scene.standby.url(database: "shop"))",
    ])
    defer { both.kill() }
    let primary = ["server": "127.0.0.1:\(scene.primary.port)"]
    let standby = ["server": "127.0.0.1:\(scene.standby.port)"]
    try scene.waitForStandby()
    try both.waitForPage("a standby that has caught up") { page in
      page["pg_up", primary] == 1 && page["pg_up", standby] == 1
        && page["pg_replication_is_replica", primary] == 0 && page["pg_replication_is_replica", standby] == 1
        && page["pg_replication_lag_seconds", standby] == 0
    }
    var page = try both.page()
    #expect(page["vitals_collector_up", ["collector": "postgresql"]] == 1)
    #expect(page["vitals_collector_up", ["collector": "replica"]] == 1)
    // With more than one server on the page, nothing is without its server.
    for (series, _) in page.samples where series.name.hasPrefix("pg_") {
      #expect([primary["server"], standby["server"]].contains(series.labels["server"]), "\(series)")
    }
    let slot = "standby\(scene.standby.port)"
    let follower = page.samples(of: "pg_stat_replication_pg_wal_lsn_diff", with: primary).keys.first?.labels
    #expect(
      follower?["slot_name"] == slot && follower?["state"] == "streaming" && follower?["client_addr"] == "127.0.0.1")
    #expect(page["pg_replication_slots_active", primary.merging(["slot_name": slot, "database": ""]) { $1 }] == 1)
    let receiver = page.samples(of: "pg_stat_wal_receiver_flushed_lsn")
    #expect(receiver.count == 1)
    #expect(receiver.keys.first?.labels["status"] == "streaming" && receiver.keys.first?.labels["slot_name"] == slot)
    #expect(receiver.keys.first?.labels["upstream_host"] == "127.0.0.1")

    try scene.standby.psql("SELECT pg_wal_replay_pause()")
    defer { _ = try? scene.standby.psql("SELECT pg_wal_replay_resume()") }
    try scene.primary.psql("UPDATE orders SET n = n + 1", database: "shop")
    try both.waitForPage("lag") { page in
      page["pg_replication_lag_seconds", standby] ?? 0 > 1
        && page.samples(of: "pg_stat_replication_pg_wal_lsn_diff", with: primary).values.first ?? 0 > 10_000
    }
    page = try both.page()
    #expect(page["pg_replication_lag_seconds", primary] == 0)
    try scene.standby.psql("SELECT pg_wal_replay_resume()")
    try both.waitForPage("no lag") { page in
      page["pg_replication_lag_seconds", standby] == 0
        && page.samples(of: "pg_stat_replication_pg_wal_lsn_diff", with: primary).values.first == 0
    }
  }

  @Test func `two checks of one server are one collector`() throws {
    let vitals = try VitalsProcess.watching([
      "--database-url", scene.primary.url(), "--check", "again=\(scene.primary.url(database: "shop"))",
    ])
    defer { vitals.kill() }
    try vitals.waitForPage("PostgreSQL") { $0["pg_up"] == 1 }
    #expect(try vitals.page().samples(of: "vitals_collector_up", with: ["collector": "again"]).isEmpty)
    #expect(try vitals.page()["promhttp_metric_handler_errors_total", ["cause": "gathering"]] == 0)
  }

  @Test func `docs/metrics.md has every family of PostgreSQL, and no other`() throws {
    let services = try [scene.primary, scene.standby].map {
      try VitalsProcess.watching(["--database-url", $0.url()])
    }
    defer { for service in services { service.kill() } }
    for service in services { try service.waitForPage("metrics of PostgreSQL") { $0["pg_up"] == 1 } }
    let pages = try services.map { try $0.page() }
    #expect(try MetricsDocument(prefix: "pg_").problems(of: pages) == [])
    for service in services { #expect(try Promtool.complaints(of: service.get("/metrics").text) == []) }
  }

  @Test func `Prometheus takes both formats`() throws {
    let prometheus = try PrometheusServer(scraping: "\(vitals.address)")
    defer { prometheus.stop() }
    try eventually(within: .seconds(30), every: .milliseconds(200), "the database's counters in Prometheus") {
      try prometheus.query("pg_stat_database_xact_commit{datname=\"shop\"}").count == 1
        && prometheus.query("up").map(\.value) == [1]
    }
  }
}
