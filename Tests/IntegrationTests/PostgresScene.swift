import Foundation

/// A primary with data, everything on that has metrics, and a standby.
final class PostgresScene: Sendable {
  let primary: PostgresServer
  let standby: PostgresServer

  /// They end with the test process.
  static let shared = Result { try PostgresScene() }

  private init() throws {
    let settings = [
      "shared_preload_libraries": "pg_stat_statements",
      "archive_mode": "on", "archive_command": "true", "track_io_timing": "on", "deadlock_timeout": "100ms",
      "autovacuum": "off",
    ]
    primary = try PostgresServer(.init(settings: settings))
    // Otherwise there is nothing to tell of checksums.
    try primary.enableChecksums()
    try primary.createDatabase("shop")
    try primary.psql(
      """
      CREATE EXTENSION pg_stat_statements; CREATE TABLE items (id int PRIMARY KEY, name text);
      CREATE TABLE keyless (x int); INSERT INTO items SELECT g, 'x' FROM generate_series(1, 500) AS g;
      DELETE FROM items WHERE id <= 40; ANALYZE items; VACUUM keyless;
      """)
    try primary.psql(
      """
      CREATE EXTENSION pg_stat_statements; CREATE TABLE orders (id int PRIMARY KEY, n int);
      INSERT INTO orders SELECT g, 0 FROM generate_series(1, 1000) AS g; ANALYZE orders; SELECT pg_stat_reset();
      """, database: "shop")
    standby = try PostgresServer(.init(settings: settings, primary: primary))
    try primary.psql("SELECT pg_switch_wal()")
    try eventually(within: .seconds(30), "an archived file and a standby that has caught up") {
      let archived = try primary.psql("SELECT archived_count > 0 FROM pg_stat_archiver")
      return try archived == "t" && standby.psql("SELECT pg_last_wal_replay_lsn() IS NOT NULL") == "t"
    }
  }

  /// Waits until the standby has replayed what the primary has written.
  func waitForStandby() throws {
    // Behind the last record there may be the header of the next file, which is replayed only with what follows it.
    try primary.psql("SELECT pg_logical_emit_message(true, 'tests', 'tick')")
    let position = try primary.psql("SELECT pg_current_wal_lsn()")
    try eventually(within: .seconds(30), "the standby at \(position)") {
      try standby.psql("SELECT pg_last_wal_replay_lsn() >= '\(position)'") == "t"
    }
  }
}

extension VitalsProcess {
  /// Starts a service that watches servers without checking them often.
  static func watching(_ arguments: [String], refresh: String = "300ms") throws -> VitalsProcess {
    try VitalsProcess(
      serve: ["--refresh", refresh, "--interval", "5s", "--docker-host", "unix:///nonexistent", "--drain", "0s"]
        + arguments)
  }
}
