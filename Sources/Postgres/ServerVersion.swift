/// The version of a server, and what its statistics views are like.
///
/// The queries are written for version 15. What 12 to 17 have otherwise is in the tables here, and nowhere else.
struct ServerVersion: Hashable, Sendable {
  /// 15 of 15.20.
  let major: Int

  /// By libpq's number: 150020 is 15.20.
  init(_ number: Int) { major = number / 10_000 }

  /// The SQL of a column of `view`; nil where this version has nothing that tells the same.
  func expression(for column: String, of view: String) -> String? {
    for change in ServerVersion.changes where change.column == "\(view).\(column)" {
      if change.versions.contains(major) { return change.expression }
    }
    return column
  }

  /// What stands behind FROM to read `view`.
  func source(of view: String) -> String {
    view == "pg_stat_bgwriter" && major >= 17 ? "\(view), pg_stat_checkpointer" : view
  }

  private struct Change {
    let column: String
    let versions: Range<Int>
    /// What says the same there; nil for nothing.
    let expression: String?

    init(before version: Int, _ column: String, _ expression: String? = nil) {
      self.column = column
      versions = 0..<version
      self.expression = expression
    }

    init(since version: Int, _ column: String, _ expression: String? = nil) {
      self.column = column
      versions = version..<Int.max
      self.expression = expression
    }
  }

  private static let changes = [
    Change(before: 13, "pg_stat_wal_receiver.flushed_lsn", "received_lsn"),
    Change(before: 14, "pg_stat_database.session_time"),
    Change(before: 14, "pg_stat_database.active_time"),
    Change(before: 14, "pg_stat_database.idle_in_transaction_time"),
    Change(before: 14, "pg_stat_database.sessions"),
    Change(before: 14, "pg_stat_database.sessions_abandoned"),
    Change(before: 14, "pg_stat_database.sessions_fatal"),
    Change(before: 14, "pg_stat_database.sessions_killed"),
    Change(before: 16, "pg_stat_database_conflicts.confl_active_logicalslot"),
    Change(since: 17, "pg_stat_bgwriter.checkpoints_timed", "num_timed"),
    Change(since: 17, "pg_stat_bgwriter.checkpoints_req", "num_requested"),
    Change(since: 17, "pg_stat_bgwriter.checkpoint_write_time", "write_time"),
    Change(since: 17, "pg_stat_bgwriter.checkpoint_sync_time", "sync_time"),
    Change(since: 17, "pg_stat_bgwriter.buffers_checkpoint", "buffers_written"),
    // Both views have one.
    Change(since: 17, "pg_stat_bgwriter.stats_reset", "pg_stat_bgwriter.stats_reset"),
    Change(since: 17, "pg_stat_bgwriter.buffers_backend"),
    Change(since: 17, "pg_stat_bgwriter.buffers_backend_fsync"),
  ]
}

/// The extension pg_stat_statements as a database has it, which may be older than its server's.
struct StatementsExtension: Hashable, Sendable {
  /// The schema, quoted as SQL needs it.
  let schema: String
  /// The columns that were renamed: execution time in 1.8 (PostgreSQL 13), block times in 1.11 (17).
  let executionTime: String
  let blockReadTime: String
  let blockWriteTime: String

  /// Nil where `version` is none, such as `1.10`.
  init?(schema: String, version: String) {
    let numbers = version.split(separator: ".").compactMap { Int($0) }
    guard numbers.count == 2 else { return nil }
    func since(_ major: Int, _ minor: Int) -> Bool { (numbers[0], numbers[1]) >= (major, minor) }
    self.schema = schema
    executionTime = since(1, 8) ? "total_exec_time" : "total_time"
    blockReadTime = since(1, 11) ? "shared_blk_read_time" : "blk_read_time"
    blockWriteTime = since(1, 11) ? "shared_blk_write_time" : "blk_write_time"
  }
}
