/// What a primary knows of its standbys, and a standby of its primary.
extension View {
  static let replication = View(
    prefix: "pg_replication", source: "(SELECT pg_is_in_recovery() AS replica) AS r", hasServer: false,
    columns: [
      .gauge(
        "lag_seconds",
        // Where everything that was received is replayed there is no lag, however long ago the last transaction was.
        sql: """
          CASE WHEN replica AND pg_last_wal_receive_lsn() IS DISTINCT FROM pg_last_wal_replay_lsn() \
          THEN greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp())) ELSE 0 END
          """, "Seconds that a replica lags behind what it has received; 0 on a primary."),
      .gauge("is_replica", sql: "replica", "Whether the server is a replica."),
      .gauge(
        "last_replay_seconds",
        sql: "greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp()))",
        "Seconds since the last transaction that a replica has replayed was committed."),
    ])

  static let standbys = View(
    prefix: "pg_stat_replication",
    // Grouped, as two standbys may have the same name at the same address: the one that is further behind counts.
    source: """
      (SELECT application_name, host(client_addr) AS client_addr, state, slot_name, min(reply_time) AS replied, \
      min(replay_lsn) AS replayed, CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_lsn() END AS written \
      FROM pg_stat_replication AS r LEFT JOIN pg_replication_slots AS s ON s.active_pid = r.pid \
      GROUP BY 1, 2, 3, 4) AS r
      """,
    labels: [
      ("application_name", "application_name"), ("client_addr", "client_addr"), ("state", "state"),
      ("slot_name", "slot_name"),
    ],
    columns: [
      .gauge("pg_current_wal_lsn_bytes", sql: "written - '0/0'::pg_lsn", "Position in the WAL, in bytes."),
      .gauge("pg_wal_lsn_diff", sql: "written - replayed", "Bytes of WAL that the standby has not replayed."),
      .untyped("reply_time", sql: seconds("replied"), "When the standby told its position last."),
    ])

  static let slots = View(
    prefix: "pg_replication_slots", labels: [("slot_name", "slot_name"), ("database", "database")],
    columns: [
      .gauge("active", "Whether the slot is in use."),
      .gauge(
        "pg_wal_lsn_diff",
        sql: """
          CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END - restart_lsn
          """, "Bytes of WAL that are kept for the slot."),
    ])

  static let receiver = View(
    prefix: "pg_stat_wal_receiver",
    labels: [("upstream_host", "sender_host"), ("slot_name", "slot_name"), ("status", "status")], hasServer: false,
    columns: [
      .counter("receive_start_lsn", as: .position, "Where in the WAL the receiver began."),
      .gauge("receive_start_tli", "The timeline in which the receiver began."),
      .counter("flushed_lsn", as: .position, "Up to where the WAL is received and on disk."),
      .gauge("received_tli", "The timeline of the WAL received last."),
      .counter("last_msg_send_time", sql: epoch("last_msg_send_time"), "When the last message was sent."),
      .counter("last_msg_receipt_time", sql: epoch("last_msg_receipt_time"), "When the last message came."),
      .counter("latest_end_lsn", as: .position, "The end of the WAL as the sender told it."),
      .counter("latest_end_time", sql: epoch("latest_end_time"), "When the sender told it."),
    ])

  private static func epoch(_ time: String) -> String { "extract(epoch FROM \(time))" }
}
