import Foundation

/// The databases of a ``RealRun``: PostgreSQL with a standby, Celery's broker with a replica and a Sentinel, and a small
/// cache that evicts.
final class RealRunStores: Sendable {
  let primary: PostgresServer
  let standby: PostgresServer
  let broker: RedisServer
  let replica: RedisServer
  let sentinel: RedisServer
  let cache: RedisServer
  /// Whose database is on the primary, and whose tasks are in the broker.
  let app: PilitoApp
  /// What goes on until the end.
  private let sessions = Monitor<[Subprocess]>([])

  init() throws {
    var endings: [() -> Void] = []
    do {
      let settings = [
        "shared_preload_libraries": "pg_stat_statements", "track_io_timing": "on", "deadlock_timeout": "100ms",
        "autovacuum_naptime": "1s", "autovacuum_vacuum_threshold": "10", "archive_mode": "on",
        "archive_command": "true",
      ]
      primary = try PostgresServer(.init(maxConnections: 60, settings: settings))
      endings.append(primary.stop)
      try primary.enableChecksums()
      standby = try PostgresServer(.init(maxConnections: 60, settings: settings, primary: primary))
      endings.append(standby.stop)
      broker = try RedisServer()
      endings.append(broker.stop)
      replica = try RedisServer(.init(settings: ["replicaof 127.0.0.1 \(broker.port)"]))
      endings.append(replica.stop)
      sentinel = try RedisServer(
        .init(settings: ["sentinel monitor shop 127.0.0.1 \(broker.port) 1"], arguments: ["--sentinel"]))
      endings.append(sentinel.stop)
      cache = try RedisServer(
        .init(settings: [
          "maxmemory 8mb", "maxmemory-policy allkeys-lru", "maxclients 30", "appendonly yes",
          "latency-monitor-threshold 20",
        ]))
      endings.append(cache.stop)
      app = try PilitoApp(primary, broker, beatInterval: 1)
      try createTables()
    } catch {
      for ending in endings.reversed() { ending() }
      throw error
    }
  }

  func stop() {
    for session in sessions.withLock({ $0 }) { session.kill() }
    for redis in [cache, sentinel, replica, broker] { redis.stop() }
    standby.stop()
    primary.stop()
  }

  /// Flags of a service that watches all of them.
  var flags: [String] {
    [
      "--database-url", primary.url(database: "pilito"), "--redis-url", broker.url(), "--celery-broker-url",
      broker.url(database: 0),
    ]
      + [
        "replica=\(standby.url(database: "postgres"))", "cache=\(cache.url())", "redis-replica=\(replica.url())",
        "sentinel=\(sentinel.url())",
      ].flatMap { ["--check", "\($0),critical=false"] }
  }

  /// A table with rows of every fate, which the application's own tables do not have.
  private func createTables() throws {
    try primary.psql(
      """
      CREATE EXTENSION pg_stat_statements; SELECT pg_stat_reset();
      CREATE TABLE parcels (id int PRIMARY KEY, weight int);
      INSERT INTO parcels SELECT g, g FROM generate_series(1, 500) AS g;
      UPDATE parcels SET weight = 1 WHERE id <= 200; DELETE FROM parcels WHERE id <= 100;
      """, database: "pilito")
    try primary.psql("SELECT pg_switch_wal()")
  }

  // MARK: What happens to them

  var conditions: [RealRunCondition] {
    let database = ["datname": "pilito", "server": Self.server(primary.port)]
    let small = ["server": Self.server(cache.port)]
    return [
      RealRunCondition(
        "a transaction idles, and another one is at work", ["PostgresIdleInTransaction": database],
        make: idleInTransaction),
      RealRunCondition("two transactions wait for each other", ["PostgresDeadlocks": database], make: deadlock),
      RealRunCondition(
        "a table that does not fit into the buffers is read again and again", ["PostgresCacheHitLow": database],
        make: missCache),
      RealRunCondition(
        "45 of 57 connections are taken", ["PostgresConnectionsHigh": ["server": Self.server(primary.port)]],
        make: takeConnections),
      RealRunCondition(
        "a standby stops replaying", ["PostgresReplicationLag": ["server": Self.server(standby.port)]]
      ) { [standby] in try standby.psql("SELECT pg_wal_replay_pause()") },
      RealRunCondition("any database has had transactions", ["PostgresWraparoundRisk": database]) {},
      RealRunCondition(
        "more is stored than maxmemory allows", ["RedisEvictingKeys": small, "RedisMemoryHigh": small]
      ) { [cache] in
        try cache.cli("debug", "populate", "200", "big", "100000")
        try cache.cli("set", "one", "more")
        // An event that is slow.
        try cache.cli("debug", "sleep", "0.05")
      },
      RealRunCondition("more clients come than maxclients allows", ["RedisRejectedConnections": small]) { [cache] in
        let sockets = try (0..<40).map { _ in try RawSocket(.loopback(cache.port)) }
        for socket in sockets { socket.close() }
      },
      RealRunCondition(
        "the snapshot's file cannot be replaced",
        ["RedisPersistenceFailing": ["server": Self.server(replica.port)]]
      ) { [replica] in
        let file = "\(replica.directory)/dump.rdb"
        try? FileManager.default.removeItem(atPath: file)
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        try replica.cli("bgsave")
      },
    ]
  }

  private static func server(_ port: Int) -> String { "127.0.0.1:\(port)" }

  private func session(_ statements: [String]) throws {
    let session = try primary.session(statements, database: "pilito")
    sessions.withLock { $0.append(session) }
  }

  private func idleInTransaction() throws {
    try session(["BEGIN", "LOCK parcels IN ROW EXCLUSIVE MODE"])
    try session(["SELECT pg_sleep(600)"])
  }

  /// How dblink reaches the same database.
  private var link: String { "host=\(primary.directory) port=\(primary.port) dbname=pilito user=postgres" }

  private func deadlock() throws {
    let statements = [
      "CREATE EXTENSION IF NOT EXISTS dblink", "SELECT dblink_connect('other', '\(link)')",
      "SELECT dblink_exec('other', 'BEGIN; DO $$ BEGIN PERFORM pg_advisory_xact_lock(2); END $$')", "BEGIN",
      "SELECT pg_advisory_xact_lock(1)", "SELECT dblink_send_query('other', 'SELECT pg_advisory_xact_lock(1)')",
      "SELECT pg_advisory_xact_lock(2)",
    ]
    let command = ["psql", "-XAtq", "-d", primary.socketURL(database: "pilito")] + statements.flatMap { ["-c", $0] }
    // Either of the two may be the one that fails.
    _ = try Subprocess.outcome(command)
  }

  private func missCache() throws {
    try primary.psql(
      """
      CREATE UNLOGGED TABLE archive AS SELECT repeat('x', 1900) AS page FROM generate_series(1, 16000);
      DO $$ BEGIN FOR i IN 1..24 LOOP PERFORM count(*) FROM archive; END LOOP; END $$;
      """, database: "pilito")
  }

  private func takeConnections() throws {
    try session([
      "SET client_min_messages = error", "CREATE EXTENSION IF NOT EXISTS dblink",
      "SELECT dblink_connect('c' || n, '\(link)') FROM generate_series(1, 45) AS n",
    ])
  }
}
