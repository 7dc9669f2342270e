import Foundation

/// promtool's opinion of a page.
enum Promtool {
  /// What it complains of, one line each, but for names that other exporters chose and that dashboards ask for.
  static func complaints(of page: String) throws -> [String] {
    let directory = try Scratch.directory("page")
    defer { Scratch.remove(directory) }
    // Not by a pipe: a page is larger than one holds.
    try page.write(toFile: "\(directory)/page", atomically: false, encoding: .utf8)
    let result = try Subprocess.outcome(["sh", "-c", "promtool check metrics < \(directory)/page"])
    let complaints = (result.output + result.errorOutput).split(separator: "\n").map(String.init)
    guard result.exit == .code(0) || !complaints.isEmpty else { throw TestbedError("promtool: \(result.exit)") }
    return complaints.filter { line in
      let words = line.split(separator: " ", maxSplits: 1)
      return words.count < 2 || allowed[String(words[1])]?.contains(String(words[0])) != true
    }
  }

  /// The names that may be complained of, by the complaint.
  private static let allowed: [String: Set<String>] = [
    #"counter metrics should have "_total" suffix"#: [
      "pg_stat_archiver_archived_count", "pg_stat_archiver_failed_count", "pg_stat_database_blk_read_time",
      "pg_stat_database_blk_write_time", "pg_stat_database_blks_hit", "pg_stat_database_blks_read",
      "pg_stat_database_conflicts", "pg_stat_database_conflicts_confl_bufferpin",
      "pg_stat_database_conflicts_confl_deadlock", "pg_stat_database_conflicts_confl_lock",
      "pg_stat_database_conflicts_confl_snapshot", "pg_stat_database_conflicts_confl_tablespace",
      "pg_stat_database_deadlocks", "pg_stat_database_stats_reset", "pg_stat_database_temp_bytes",
      "pg_stat_database_temp_files", "pg_stat_database_tup_deleted", "pg_stat_database_tup_fetched",
      "pg_stat_database_tup_inserted", "pg_stat_database_tup_returned", "pg_stat_database_tup_updated",
      "pg_stat_database_xact_commit", "pg_stat_database_xact_rollback", "pg_stat_user_tables_analyze_count",
      "pg_stat_user_tables_autoanalyze_count", "pg_stat_user_tables_autovacuum_count",
      "pg_stat_user_tables_idx_scan", "pg_stat_user_tables_idx_tup_fetch", "pg_stat_user_tables_n_tup_del",
      "pg_stat_user_tables_n_tup_hot_upd", "pg_stat_user_tables_n_tup_ins", "pg_stat_user_tables_n_tup_upd",
      "pg_stat_user_tables_seq_scan", "pg_stat_user_tables_seq_tup_read", "pg_stat_user_tables_vacuum_count",
      "pg_stat_wal_receiver_flushed_lsn", "pg_stat_wal_receiver_last_msg_receipt_time",
      "pg_stat_wal_receiver_last_msg_send_time", "pg_stat_wal_receiver_latest_end_lsn",
      "pg_stat_wal_receiver_latest_end_time", "pg_stat_wal_receiver_receive_start_lsn",
      "redis_dump_payload_sanitizations", "redis_io_threaded_reads_processed", "redis_io_threaded_writes_processed",
      "redis_total_error_replies", "redis_total_reads_processed", "redis_total_writes_processed",
      "redis_unexpected_error_replies",
    ],
    "metric names should not contain abbreviated units": [
      "redis_aof_current_rewrite_duration_sec", "redis_aof_last_rewrite_duration_sec",
      "redis_rdb_current_bgsave_duration_sec", "redis_rdb_last_bgsave_duration_sec",
    ],
    #"non-counter metrics should not have "_total" suffix"#: [
      "redis_expired_time_cap_reached_total", "redis_migrate_cached_sockets_total",
    ],
    #"non-histogram and non-summary metrics should not have "_count" suffix"#: [
      "pg_locks_count", "pg_settings_tcp_keepalives_count", "pg_stat_activity_count",
      "pg_stat_archiver_archived_count", "pg_stat_archiver_failed_count", "pg_stat_user_tables_analyze_count",
      "pg_stat_user_tables_autoanalyze_count", "pg_stat_user_tables_autovacuum_count",
      "pg_stat_user_tables_vacuum_count",
    ],
  ]
}
