/// What goes on at present.
extension View {
  static let activity = View(
    prefix: "pg_stat_activity",
    // A series for each state, so that none appears only when it is too late to compare it with before.
    source: """
      pg_database AS d CROSS JOIN unnest(ARRAY['active', 'idle', 'idle in transaction', \
      'idle in transaction (aborted)', 'fastpath function call', 'disabled']) AS s (state) \
      LEFT JOIN (SELECT datid, state, count(*) AS sessions, max(extract(epoch FROM now() - xact_start)) AS longest \
      FROM pg_stat_activity GROUP BY datid, state) AS a ON a.datid = d.oid AND a.state = s.state
      """,
    labels: [("datname", "d.datname"), ("state", "s.state")],
    columns: [
      .gauge("count", sql: "coalesce(a.sessions, 0)", "Sessions by state."),
      .gauge("max_tx_duration", sql: "coalesce(a.longest, 0)", "Seconds that the longest open transaction lasts."),
    ])

  static let locks = View(
    prefix: "pg_locks",
    source: """
      pg_database AS d CROSS JOIN unnest(ARRAY['accesssharelock', 'rowsharelock', 'rowexclusivelock', \
      'shareupdateexclusivelock', 'sharelock', 'sharerowexclusivelock', 'exclusivelock', 'accessexclusivelock', \
      'sireadlock']) AS m (mode) \
      LEFT JOIN (SELECT database, lower(mode) AS mode, count(*) AS locks FROM pg_locks GROUP BY 1, 2) AS l \
      ON l.database = d.oid AND l.mode = m.mode
      """,
    labels: [("datname", "d.datname"), ("mode", "m.mode")],
    columns: [.gauge("count", sql: "coalesce(l.locks, 0)", "Locks that are held or waited for, by mode.")])

  static let transactions = View(
    prefix: "pg",
    source: """
      pg_stat_activity WHERE xact_start IS NOT NULL AND state IS DISTINCT FROM 'idle' \
      AND backend_type IS DISTINCT FROM 'autovacuum worker' AND pid <> pg_backend_pid()
      """,
    hasServer: false,
    columns: [
      .gauge("long_running_transactions", sql: "count(*)", "Open transactions."),
      .gauge(
        "long_running_transactions_oldest_timestamp_seconds",
        sql: "coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)",
        "Seconds that the longest open transaction lasts: an age, whatever the name says."),
    ])
}

extension Query {
  /// The `count` statements that took the most time, by their ids; never their text.
  static func statements(_ count: Int, of installed: StatementsExtension, for version: ServerVersion) -> Query {
    // Asked without text, the view does not read its file. An id that is hidden from this role is NULL.
    View(
      prefix: "pg_stat_statements",
      source: """
        (SELECT pg_get_userbyid(userid) AS "user", datname, queryid, sum(calls) AS calls, \
        sum(\(installed.executionTime)) / 1000 AS seconds, sum(rows) AS rows, \
        sum(\(installed.blockReadTime)) / 1000 AS read, sum(\(installed.blockWriteTime)) / 1000 AS written \
        FROM \(installed.schema).pg_stat_statements(false) AS s JOIN pg_database AS d ON d.oid = s.dbid \
        WHERE queryid IS NOT NULL GROUP BY 1, 2, 3 ORDER BY seconds DESC, queryid LIMIT \(count)) AS s
        """,
      labels: [("user", "\"user\""), ("datname", "datname"), ("queryid", "queryid")],
      hasServer: false,
      columns: [
        .counter("calls_total", sql: "calls", "Times that the statement was run."),
        .counter("seconds_total", sql: "seconds", "Time that the statement took."),
        .counter("rows_total", sql: "rows", "Rows that the statement returned or changed."),
        .counter("block_read_seconds_total", sql: "read", "Time that the statement spent reading blocks."),
        .counter("block_write_seconds_total", sql: "written", "Time that the statement spent writing blocks."),
      ]
    ).query(for: version)
  }

  /// Whether the database has pg_stat_statements, where, and which.
  static let statementsExtension = """
    SELECT quote_ident(nspname), extversion FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace \
    WHERE extname = 'pg_stat_statements'
    """
}
