import EventLoop
import TestSupport
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(2))) struct ServerVersionTests {
  /// A column of a view in versions 12 to 17, by the manuals of these versions; empty where there is none.
  @Test(arguments: [
    ("pg_stat_wal_receiver", "flushed_lsn", ["received_lsn"] + Array(repeating: "flushed_lsn", count: 5)),
    ("pg_stat_database", "sessions", ["", ""] + Array(repeating: "sessions", count: 4)),
    ("pg_stat_database", "xact_commit", Array(repeating: "xact_commit", count: 6)),
    (
      "pg_stat_database_conflicts", "confl_active_logicalslot",
      ["", "", "", ""] + Array(repeating: "confl_active_logicalslot", count: 2)
    ),
    ("pg_stat_bgwriter", "checkpoints_timed", Array(repeating: "checkpoints_timed", count: 5) + ["num_timed"]),
    ("pg_stat_bgwriter", "buffers_backend", Array(repeating: "buffers_backend", count: 5) + [""]),
    ("pg_stat_bgwriter", "stats_reset", Array(repeating: "stats_reset", count: 5) + ["pg_stat_bgwriter.stats_reset"]),
  ])
  func `a column is called otherwise, or not there, in another version`(
    view: String, column: String, expressions: [String]
  ) {
    for (version, expression) in zip(12...17, expressions) {
      let found = ServerVersion(version * 10_000 + 3).expression(for: column, of: view)
      #expect(found ?? "" == expression, "\(version)")
    }
  }

  @Test(arguments: [
    ("1.7", "total_time", "blk_read_time"), ("1.8", "total_exec_time", "blk_read_time"),
    ("1.10", "total_exec_time", "blk_read_time"), ("1.11", "total_exec_time", "shared_blk_read_time"),
    ("2.0", "total_exec_time", "shared_blk_read_time"),
  ])
  func `the columns of pg_stat_statements depend on the extension's version`(
    version: String, time: String, read: String
  ) throws {
    let installed = try #require(StatementsExtension(schema: "public", version: version))
    #expect(installed.executionTime == time)
    #expect(installed.blockReadTime == read)
  }

  @Test func `an extension without a version is none`() {
    for version in ["", "1", "next", "1.2.3"] {
      #expect(StatementsExtension(schema: "public", version: version) == nil)
    }
  }

  /// Views with the columns of other versions' manuals, which stand before the server's own.
  private static let shims: [(version: Int, sql: String)] = [
    (
      120_000,
      """
      CREATE VIEW shim.pg_stat_wal_receiver AS SELECT status, receive_start_lsn, receive_start_tli, \
      flushed_lsn AS received_lsn, received_tli, last_msg_send_time, last_msg_receipt_time, latest_end_lsn, \
      latest_end_time, slot_name, sender_host FROM pg_catalog.pg_stat_wal_receiver;
      CREATE VIEW shim.pg_stat_database AS SELECT datid, datname, numbackends, xact_commit, xact_rollback, blks_read, \
      blks_hit, tup_returned, tup_fetched, tup_inserted, tup_updated, tup_deleted, conflicts, temp_files, temp_bytes, \
      deadlocks, checksum_failures, checksum_last_failure, blk_read_time, blk_write_time, stats_reset \
      FROM pg_catalog.pg_stat_database;
      """
    ),
    (
      170_000,
      """
      CREATE VIEW shim.pg_stat_bgwriter AS SELECT buffers_clean, maxwritten_clean, buffers_alloc, stats_reset \
      FROM pg_catalog.pg_stat_bgwriter;
      CREATE VIEW shim.pg_stat_checkpointer AS SELECT checkpoints_timed AS num_timed, checkpoints_req AS num_requested, \
      0 AS restartpoints_timed, 0 AS restartpoints_req, 0 AS restartpoints_done, checkpoint_write_time AS write_time, \
      checkpoint_sync_time AS sync_time, buffers_checkpoint AS buffers_written, stats_reset \
      FROM pg_catalog.pg_stat_bgwriter;
      CREATE VIEW shim.pg_stat_database_conflicts AS SELECT *, 0 AS confl_active_logicalslot \
      FROM pg_catalog.pg_stat_database_conflicts;
      """
    ),
  ]

  @Test(arguments: [120_000, 150_000, 170_000])
  func `the queries for a version run on views with its columns`(version: Int) async throws {
    let server = try await PostgresServer.shared.value
    let shim = Self.shims.first { $0.version == version }?.sql ?? ""
    let outcomes = try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let queries = Query.fast(for: ServerVersion(version)) + Query.slow(for: ServerVersion(version))
      _ = try await connection.query(
        "BEGIN; CREATE SCHEMA shim; SET LOCAL search_path = shim, pg_catalog; \(shim)", before: .inSeconds(10))
      var outcomes: [(name: String, count: Int)] = []
      for query in queries {
        outcomes.append((query.name, try await connection.query(query.sql, before: .inSeconds(10)).values.count))
      }
      _ = try await connection.query("ROLLBACK", before: .inSeconds(10))
      return outcomes
    }
    #expect(outcomes.count == 17)
    #expect(outcomes.first { $0.name == "pg_stat_bgwriter" }?.count == 1)
    #expect(outcomes.first { $0.name == "pg_stat_database" }?.count ?? 0 >= 4)
  }
}
