internal import Metrics

/// A field of INFO that is a metric as it stands, by redis_exporter's name.
struct InfoMetric: Sendable {
  let kind: Family.Kind
  /// What follows `redis_`.
  let name: String
  let help: String
  /// What the field's number is multiplied by.
  let factor: Double

  private static func counter(_ name: String, _ help: String) -> InfoMetric {
    InfoMetric(kind: .counter, name: name, help: help, factor: 1)
  }

  private static func gauge(_ name: String, _ help: String, factor: Double = 1) -> InfoMetric {
    InfoMetric(kind: .gauge, name: name, help: help, factor: factor)
  }

  /// By the field's name.
  static let all: [String: InfoMetric] = [
    // Server
    "uptime_in_seconds": gauge("uptime_in_seconds", "Seconds since the server was started."),
    "process_id": gauge("process_id", "The server's process id."),
    "io_threads_active": gauge("io_threads_active", "Whether threads do I/O."),

    // Clients
    "connected_clients": gauge("connected_clients", "Clients, without replicas."),
    "blocked_clients": gauge("blocked_clients", "Clients that wait in a blocking command."),
    "tracking_clients": gauge("tracking_clients", "Clients that have keys tracked."),
    "clients_in_timeout_table": gauge("clients_in_timeout_table", "Clients that wait with a timeout."),
    "cluster_connections": gauge("cluster_connections", "Sockets of the cluster's bus."),
    "client_recent_max_output_buffer": gauge(
      "client_recent_max_output_buffer_bytes", "The largest output buffer of a client of late."),
    "client_recent_max_input_buffer": gauge(
      "client_recent_max_input_buffer_bytes", "The largest input buffer of a client of late."),

    // Memory
    "used_memory": gauge("memory_used_bytes", "Memory that the server has allocated."),
    "used_memory_rss": gauge("memory_used_rss_bytes", "Memory that the process has resident."),
    "used_memory_peak": gauge("memory_used_peak_bytes", "The most memory that was ever allocated."),
    "used_memory_lua": gauge("memory_used_lua_bytes", "Memory of the Lua engine."),
    "used_memory_overhead": gauge("memory_used_overhead_bytes", "Memory that holds no data."),
    "used_memory_startup": gauge("memory_used_startup_bytes", "Memory that was taken at the start."),
    "used_memory_dataset": gauge("memory_used_dataset_bytes", "Memory that holds data."),
    "used_memory_scripts": gauge("memory_used_scripts_bytes", "Memory of scripts."),
    "number_of_cached_scripts": gauge("number_of_cached_scripts", "Scripts in the cache."),
    "maxmemory": gauge("memory_max_bytes", "The limit of memory for data, 0 for none."),
    "mem_fragmentation_ratio": gauge("mem_fragmentation_ratio", "Resident memory to allocated memory."),
    "mem_fragmentation_bytes": gauge("mem_fragmentation_bytes", "Resident memory above allocated memory."),
    "mem_clients_slaves": gauge("mem_clients_slaves", "Memory of replicas' buffers."),
    "mem_clients_normal": gauge("mem_clients_normal", "Memory of clients' buffers."),
    "mem_not_counted_for_evict": gauge(
      "mem_not_counted_for_eviction_bytes", "Memory that does not count towards the limit."),
    "allocator_active": gauge("allocator_active_bytes", "Memory in the allocator's active pages."),
    "allocator_allocated": gauge("allocator_allocated_bytes", "Memory that the allocator has handed out."),
    "allocator_resident": gauge("allocator_resident_bytes", "Memory that the allocator has resident."),
    "allocator_frag_ratio": gauge("allocator_frag_ratio", "Active to handed out memory of the allocator."),
    "allocator_frag_bytes": gauge("allocator_frag_bytes", "Active above handed out memory of the allocator."),
    "allocator_rss_ratio": gauge("allocator_rss_ratio", "Resident to active memory of the allocator."),
    "allocator_rss_bytes": gauge("allocator_rss_bytes", "Resident above active memory of the allocator."),
    "lazyfree_pending_objects": gauge("lazyfree_pending_objects", "Objects that wait to be freed."),
    "active_defrag_running": gauge("active_defrag_running", "Effort of the defragmentation under way, in percent."),

    // Persistence
    "loading": gauge("loading_dump_file", "Whether the server loads its data."),
    "rdb_changes_since_last_save": gauge("rdb_changes_since_last_save", "Changes since the last dump."),
    "rdb_bgsave_in_progress": gauge("rdb_bgsave_in_progress", "Whether a dump is being written."),
    "rdb_last_save_time": gauge("rdb_last_save_timestamp_seconds", "When the last dump was written."),
    "rdb_last_bgsave_status": gauge("rdb_last_bgsave_status", "Whether the last dump was written."),
    "rdb_last_bgsave_time_sec": gauge("rdb_last_bgsave_duration_sec", "How long the last dump took, -1 for none."),
    "rdb_current_bgsave_time_sec": gauge("rdb_current_bgsave_duration_sec", "How long a dump has been under way."),
    "rdb_last_cow_size": gauge("rdb_last_cow_size_bytes", "Memory that was copied during the last dump."),
    "aof_enabled": gauge("aof_enabled", "Whether there is an append-only file."),
    "aof_rewrite_in_progress": gauge("aof_rewrite_in_progress", "Whether the append-only file is being rewritten."),
    "aof_rewrite_scheduled": gauge("aof_rewrite_scheduled", "Whether a rewrite follows the dump under way."),
    "aof_last_rewrite_time_sec": gauge("aof_last_rewrite_duration_sec", "How long the last rewrite took, -1 for none."),
    "aof_current_rewrite_time_sec": gauge(
      "aof_current_rewrite_duration_sec", "How long a rewrite has been under way."),
    "aof_last_cow_size": gauge("aof_last_cow_size_bytes", "Memory that was copied during the last rewrite."),
    "aof_last_bgrewrite_status": gauge("aof_last_bgrewrite_status", "Whether the last rewrite succeeded."),
    "aof_last_write_status": gauge(
      "aof_last_write_status", "Whether the last write to the append-only file succeeded."),
    "aof_current_size": gauge("aof_current_size_bytes", "Size of the append-only file."),
    "aof_base_size": gauge("aof_base_size_bytes", "Its size after the last rewrite."),
    "aof_pending_rewrite": gauge("aof_pending_rewrite", "Whether a rewrite follows the dump under way."),
    "aof_buffer_length": gauge("aof_buffer_length", "Bytes that wait to be written to the append-only file."),
    "aof_rewrite_buffer_length": gauge("aof_rewrite_buffer_length", "Bytes that wait for the end of a rewrite."),
    "aof_pending_bio_fsync": gauge("aof_pending_bio_fsync", "Calls of fsync that wait."),
    "aof_delayed_fsync": gauge("aof_delayed_fsync", "Calls of fsync that were late."),
    "module_fork_in_progress": gauge("module_fork_in_progress", "Whether a module has forked."),
    "module_fork_last_cow_size": gauge("module_fork_last_cow_size", "Bytes copied during a module's last fork."),

    // Stats
    "total_connections_received": counter("connections_received_total", "Connections accepted."),
    "total_commands_processed": counter("commands_processed_total", "Commands run."),
    "total_net_input_bytes": counter("net_input_bytes_total", "Bytes received."),
    "total_net_output_bytes": counter("net_output_bytes_total", "Bytes sent."),
    "rejected_connections": counter("rejected_connections_total", "Connections refused because of maxclients."),
    "expired_keys": counter("expired_keys_total", "Keys that expired."),
    "evicted_keys": counter("evicted_keys_total", "Keys evicted because of maxmemory."),
    "keyspace_hits": counter("keyspace_hits_total", "Keys that were looked up and there."),
    "keyspace_misses": counter("keyspace_misses_total", "Keys that were looked up and not there."),
    "unexpected_error_replies": counter("unexpected_error_replies", "Errors towards masters and replicas."),
    "total_error_replies": counter("total_error_replies", "Errors that were answered."),
    "total_reads_processed": counter("total_reads_processed", "Reads from sockets."),
    "total_writes_processed": counter("total_writes_processed", "Writes to sockets."),
    "io_threaded_reads_processed": counter("io_threaded_reads_processed", "Reads by I/O threads."),
    "io_threaded_writes_processed": counter("io_threaded_writes_processed", "Writes by I/O threads."),
    "dump_payload_sanitizations": counter("dump_payload_sanitizations", "Deep checks of RESTORE's payload."),
    "expired_stale_perc": gauge("expired_stale_percentage", "Keys that are expired and still there, estimated."),
    "expired_time_cap_reached_count": gauge(
      "expired_time_cap_reached_total", "Times that expiring keys was interrupted, as it took too long."),
    "latest_fork_usec": gauge("latest_fork_seconds", "How long the last fork took.", factor: 1e-6),
    "migrate_cached_sockets": gauge("migrate_cached_sockets_total", "Sockets kept for MIGRATE."),
    "active_defrag_hits": gauge("defrag_hits", "Allocations moved by defragmentation."),
    "active_defrag_misses": gauge("defrag_misses", "Allocations that defragmentation left where they were."),
    "active_defrag_key_hits": gauge("defrag_key_hits", "Keys that defragmentation moved something of."),
    "active_defrag_key_misses": gauge("defrag_key_misses", "Keys that defragmentation left as they were."),
    "pubsub_channels": gauge("pubsub_channels", "Channels with subscribers."),
    "pubsub_patterns": gauge("pubsub_patterns", "Patterns with subscribers."),
    "tracking_total_keys": gauge("tracking_total_keys", "Keys that are tracked for clients."),
    "tracking_total_items": gauge("tracking_total_items", "Keys and clients that are tracked, added up."),
    "tracking_total_prefixes": gauge("tracking_total_prefixes", "Prefixes that are tracked for clients."),

    // Replication
    "connected_slaves": gauge("connected_slaves", "Replicas that are connected."),
    "master_repl_offset": gauge("master_repl_offset", "Position in the stream of replication."),
    "second_repl_offset": gauge("second_repl_offset", "Up to where the former master's stream is accepted."),
    "repl_backlog_active": gauge("repl_backlog_is_active", "Whether there is a backlog for replicas."),
    "repl_backlog_size": gauge("replication_backlog_bytes", "Size of the backlog."),
    "repl_backlog_first_byte_offset": gauge("repl_backlog_first_byte_offset", "Where the backlog begins."),
    "repl_backlog_histlen": gauge("repl_backlog_history_bytes", "Bytes in the backlog."),
    "slave_expires_tracked_keys": gauge("slave_expires_tracked_keys", "Expiring keys that a writable replica made."),
    "slave_priority": gauge("slave_priority", "The replica's priority for Sentinel."),
    "sync_full": gauge("replica_resyncs_full", "Full synchronizations of replicas."),
    "sync_partial_ok": gauge("replica_partial_resync_accepted", "Partial synchronizations of replicas."),
    "sync_partial_err": gauge("replica_partial_resync_denied", "Partial synchronizations that were refused."),

    // CPU
    "used_cpu_sys": counter("cpu_sys_seconds_total", "CPU time in the kernel."),
    "used_cpu_user": counter("cpu_user_seconds_total", "CPU time in the program."),
    "used_cpu_sys_children": counter("cpu_sys_children_seconds_total", "CPU time of child processes in the kernel."),
    "used_cpu_user_children": counter("cpu_user_children_seconds_total", "CPU time of child processes."),
    "used_cpu_sys_main_thread": counter(
      "cpu_sys_main_thread_seconds_total", "CPU time of the main thread in the kernel."),
    "used_cpu_user_main_thread": counter("cpu_user_main_thread_seconds_total", "CPU time of the main thread."),

    // Cluster and Sentinel
    "cluster_enabled": gauge("cluster_enabled", "Whether the server is a cluster's node."),
    "sentinel_masters": gauge("sentinel_masters", "Masters that this Sentinel watches."),
    "sentinel_tilt": gauge("sentinel_tilt", "Whether this Sentinel mistrusts its clock and acts on nothing."),
    "sentinel_running_scripts": gauge("sentinel_running_scripts", "Scripts that this Sentinel runs."),
    "sentinel_scripts_queue_length": gauge("sentinel_scripts_queue_length", "Scripts that wait to be run."),
    "sentinel_simulate_failure_flags": gauge("sentinel_simulate_failure_flags", "Failures that are simulated."),
  ]

  /// The value of a field's text; nil where it is no number.
  static func number(_ text: String) -> Double? {
    switch text {
    case "ok", "true": 1
    case "err", "fail", "false": 0
    default: Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
  }
}
