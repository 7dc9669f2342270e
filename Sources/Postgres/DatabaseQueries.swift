/// What is known of each database, and of the tables of the one that is connected to.
extension View {
  static let databases = View(
    prefix: "pg_stat_database", labels: [("datid", "datid"), ("datname", "datname")],
    columns: [
      .gauge("numbackends", "Backends connected."),
      .counter("xact_commit", "Transactions committed."),
      .counter("xact_rollback", "Transactions rolled back."),
      .counter("blks_read", "Blocks read from disk."),
      .counter("blks_hit", "Blocks that were found in shared buffers."),
      .counter("tup_returned", "Rows read by scans."),
      .counter("tup_fetched", "Rows fetched by index scans."),
      .counter("tup_inserted", "Rows inserted."),
      .counter("tup_updated", "Rows updated."),
      .counter("tup_deleted", "Rows deleted."),
      .counter("conflicts", "Queries cancelled on a standby, as they were in the way of recovery."),
      .counter("temp_files", "Temporary files made by queries."),
      .counter("temp_bytes", "Bytes written to temporary files."),
      .counter("deadlocks", "Deadlocks."),
      .untyped("checksum_failures", "Pages whose checksum was wrong; none without checksums."),
      .untyped("checksum_last_failure", as: .time, "When a checksum was wrong last."),
      .counter("blk_read_time", "Milliseconds spent reading blocks, with track_io_timing."),
      .counter("blk_write_time", "Milliseconds spent writing blocks, with track_io_timing."),
      .untyped("session_time", "Milliseconds that sessions lasted."),
      .untyped("active_time", "Milliseconds that sessions spent in statements."),
      .untyped("idle_in_transaction_time", "Milliseconds that sessions idled in a transaction."),
      .untyped("sessions", "Sessions begun."),
      .untyped("sessions_abandoned", "Sessions that ended because the client was gone."),
      .untyped("sessions_fatal", "Sessions that ended by a fatal error."),
      .untyped("sessions_killed", "Sessions that an operator ended."),
      .counter("stats_reset", as: .time, "When these numbers began at 0."),
    ])

  static let databaseConflicts = View(
    prefix: "pg_stat_database_conflicts", labels: [("datid", "datid"), ("datname", "datname")],
    columns: [
      .counter("confl_tablespace", "Queries cancelled because a tablespace was dropped."),
      .counter("confl_lock", "Queries cancelled because they held a lock too long."),
      .counter("confl_snapshot", "Queries cancelled because their snapshot was too old."),
      .counter("confl_bufferpin", "Queries cancelled because they pinned a buffer."),
      .counter("confl_deadlock", "Queries cancelled because of a deadlock with recovery."),
      .untyped("confl_active_logicalslot", "Uses of logical slots that were cancelled."),
    ])

  /// Transaction ids: postgres_exporter calls these seconds, which they are not.
  static let wraparound = View(
    prefix: "pg_database_wraparound", source: "pg_database WHERE datallowconn", labels: [("datname", "datname")],
    hasServer: false,
    columns: [
      .gauge(
        "age_datfrozenxid_seconds", sql: "age(datfrozenxid)",
        "Transactions since the oldest that is not frozen: a count, whatever the name says."),
      .gauge(
        "age_datminmxid_seconds", sql: "mxid_age(datminmxid)",
        "Multixacts since the oldest that is not frozen: a count, whatever the name says."),
    ])

  /// Each file of a database is looked at, so this takes its time where there are many.
  static let sizes = View(
    prefix: "pg_database",
    // Whoever may not connect to a database may not know its size either, and would be told none at all.
    source: """
      pg_database \
      WHERE has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
      """,
    labels: [("datname", "datname")],
    columns: [.gauge("size_bytes", sql: "pg_database_size(oid)", "Disk space that the database takes.")])

  /// How many tables have series: those with the most dead rows.
  static let tableCount = 20

  static let tables = View(
    prefix: "pg_stat_user_tables",
    // Temporary tables have new names again and again.
    source: """
      pg_stat_user_tables WHERE schemaname !~ '^pg_temp' \
      ORDER BY n_dead_tup DESC, n_live_tup DESC, relid LIMIT \(tableCount)
      """,
    labels: [("datname", "current_database()"), ("schemaname", "schemaname"), ("relname", "relname")],
    columns: [
      .counter("seq_scan", "Sequential scans."),
      .counter("seq_tup_read", "Rows read by sequential scans."),
      .counter("idx_scan", "Index scans."),
      .counter("idx_tup_fetch", "Rows fetched by index scans."),
      .counter("n_tup_ins", "Rows inserted."),
      .counter("n_tup_upd", "Rows updated."),
      .counter("n_tup_del", "Rows deleted."),
      .counter("n_tup_hot_upd", "Rows updated without a new index entry."),
      .gauge("n_live_tup", "Live rows, estimated."),
      .gauge("n_dead_tup", "Dead rows, estimated."),
      .gauge("n_mod_since_analyze", "Rows changed since the table was analyzed, estimated."),
      lastTime("last_vacuum", "When the table was vacuumed by hand; 0 for never."),
      lastTime("last_autovacuum", "When the table was vacuumed by autovacuum; 0 for never."),
      lastTime("last_analyze", "When the table was analyzed by hand; 0 for never."),
      lastTime("last_autoanalyze", "When the table was analyzed by autovacuum; 0 for never."),
      .counter("vacuum_count", "Vacuums by hand."),
      .counter("autovacuum_count", "Vacuums by autovacuum."),
      .counter("analyze_count", "Analyses by hand."),
      .counter("autoanalyze_count", "Analyses by autovacuum."),
    ])

  private static func lastTime(_ name: String, _ help: String) -> Column {
    .gauge(name, sql: "coalesce(\(seconds(name)), 0)", help)
  }
}
