internal import Metrics

/// What is known of a server as a whole.
extension Query {
  /// `pg_static`: the version.
  static let version = Query(name: "version", sql: "SELECT version()") { rows, server in
    var family = Family("pg_static", .unknown, help: "The server's version, in labels; always 1.")
    for case let text?? in rows.values.map(\.first) {
      family.add(1, server.labels([("version", text), ("short_version", shortVersion(text))], always: true))
    }
    return [family]
  }

  /// `15.20.0` of `PostgreSQL 15.20 (Debian ...) on ...`.
  static func shortVersion(_ text: String) -> String {
    let words = text.split(separator: " ")
    let version = words.count > 1 ? words[1].prefix { $0.isASCII && $0.isNumber || $0 == "." } : ""
    let numbers = version.split(separator: ".").prefix(3)
    return (numbers + Array(repeating: "0", count: 3 - numbers.count)).joined(separator: ".")
  }
}

extension View {
  static let postmaster = View(
    prefix: "pg_postmaster", source: "pg_postmaster_start_time() AS started",
    columns: [
      .gauge("start_time_seconds", sql: View.seconds("started"), "When the server was started.")
    ])

  static let backgroundWriter = View(
    prefix: "pg_stat_bgwriter",
    columns: [
      .counter("checkpoints_timed_total", column: "checkpoints_timed", "Checkpoints that were due."),
      .counter("checkpoints_req_total", column: "checkpoints_req", "Checkpoints that were asked for."),
      .counter(
        "checkpoint_write_time_total", column: "checkpoint_write_time",
        "Milliseconds that checkpoints spent writing files."),
      .counter(
        "checkpoint_sync_time_total", column: "checkpoint_sync_time",
        "Milliseconds that checkpoints spent synchronizing files."),
      .counter("buffers_checkpoint_total", column: "buffers_checkpoint", "Buffers written by checkpoints."),
      .counter("buffers_clean_total", column: "buffers_clean", "Buffers written by the background writer."),
      .counter(
        "maxwritten_clean_total", column: "maxwritten_clean",
        "Rounds that the background writer ended early because it had written too much."),
      .counter("buffers_backend_total", column: "buffers_backend", "Buffers written by backends themselves."),
      .counter(
        "buffers_backend_fsync_total", column: "buffers_backend_fsync", "Times that a backend had to fsync itself."),
      .counter("buffers_alloc_total", column: "buffers_alloc", "Buffers allocated."),
      .counter("stats_reset_total", column: "stats_reset", as: .time, "When these numbers began at 0."),
    ])

  static let archiver = View(
    prefix: "pg_stat_archiver",
    columns: [
      .counter("archived_count", "WAL files archived."),
      .counter("failed_count", "Attempts to archive a WAL file that failed."),
      .gauge(
        "last_archive_age", sql: "extract(epoch FROM now() - last_archived_time)",
        "Seconds since the last WAL file was archived."),
    ])
}
