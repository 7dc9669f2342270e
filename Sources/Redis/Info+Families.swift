internal import Metrics

extension Info {
  /// Adds what INFO tells.
  ///
  /// - Parameters:
  ///   - databases: how many databases the server has; those without keys are not in INFO.
  ///   - now: seconds since 1970.
  func add(to set: inout FamilySet, databases: Int, now: Double) {
    for field in fields {
      if let metric = InfoMetric.all[field.name] {
        set.add(metric.kind, metric.name, InfoMetric.number(field.value).map { $0 * metric.factor }, metric.help)
      }
      switch field.section {
      case "Commandstats": field.addCommand(to: &set)
      case "Errorstats": field.addError(to: &set)
      case "Keyspace": field.addDatabase(to: &set)
      case "Replication": field.addReplica(to: &set)
      case "Sentinel": field.addMaster(to: &set)
      default: break
      }
    }
    for database in 0..<databases where self["db\(database)"] == nil {
      Field(section: "Keyspace", name: "db\(database)", value: "keys=0,expires=0").addDatabase(to: &set)
    }
    if let uptime = self["uptime_in_seconds"].flatMap({ Double($0) }) {
      set.add(.gauge, "start_time_seconds", now - uptime, "When the server was started, to the second.")
    }
    addInstance(to: &set)
    addPrimary(to: &set)
  }

  private func addInstance(to set: inout FamilySet) {
    let names = [
      "role", "redis_version", "redis_build_id", "redis_mode", "os", "maxmemory_policy", "tcp_port", "run_id",
      "process_id",
    ]
    set.add(.info, "instance_info", 1, labels: names.map { ($0, self[$0] ?? "") }, "What the server is; always 1.")
  }

  /// Adds the settings that INFO has too, for where CONFIG GET is not allowed.
  func addLimits(to set: inout FamilySet) {
    for name in ["maxclients", "maxmemory"] {
      set.add(.gauge, "config_\(name)", self[name].flatMap(InfoMetric.number), "The setting \(name).")
    }
  }

  /// A replica's view of its primary.
  private func addPrimary(to set: inout FamilySet) {
    guard self["role"] == "slave" else { return }
    let primary = [("master_host", self["master_host"] ?? ""), ("master_port", self["master_port"] ?? "")]
    func number(_ name: String) -> Double? { self[name].flatMap(InfoMetric.number) }
    set.add(
      .info, "slave_info", 1, labels: primary + [("read_only", self["slave_read_only"] ?? "")],
      "What the replica replicates; always 1.")
    set.add(
      .gauge, "master_link_up", self["master_link_status"] == "up" ? 1 : 0, labels: primary,
      "Whether the replica is connected to its primary.")
    set.add(
      .gauge, "master_last_io_seconds_ago", number("master_last_io_seconds_ago"), labels: primary,
      "Seconds since the primary was heard of, -1 while it is not connected.")
    set.add(
      .gauge, "master_sync_in_progress", number("master_sync_in_progress"), labels: primary,
      "Whether the replica receives a whole copy.")
    set.add(
      .gauge, "slave_repl_offset", number("slave_repl_offset"), labels: primary,
      "The replica's position in the stream of replication.")
  }
}

extension Info.Field {
  /// `cmdstat_config|get:calls=1,usec=15,usec_per_call=15.00,rejected_calls=0,failed_calls=0`.
  fileprivate func addCommand(to set: inout FamilySet) {
    guard let command = name(after: "cmdstat_") else { return }
    let parts = parts.compactMapValues { Double($0) }
    let labels = [("cmd", command)]
    set.add(.counter, "commands_total", parts["calls"], labels: labels, "Commands run.")
    set.add(
      .counter, "commands_duration_seconds_total", parts["usec"].map { $0 / 1e6 }, labels: labels,
      "Time that commands took.")
    set.add(
      .counter, "commands_rejected_calls_total", parts["rejected_calls"], labels: labels,
      "Commands refused before they ran.")
    set.add(.counter, "commands_failed_calls_total", parts["failed_calls"], labels: labels, "Commands that failed.")
  }

  /// `errorstat_WRONGTYPE:count=4`.
  fileprivate func addError(to set: inout FamilySet) {
    guard let error = name(after: "errorstat_") else { return }
    set.add(
      .counter, "errors_total", parts["count"].flatMap { Double($0) }, labels: [("err", error)],
      "Errors answered, by their first word.")
  }

  /// `db0:keys=5,expires=1,avg_ttl=4998469`.
  fileprivate func addDatabase(to set: inout FamilySet) {
    guard name.hasPrefix("db") else { return }
    let parts = parts.compactMapValues { Double($0) }
    let labels = [("db", name)]
    set.add(.gauge, "db_keys", parts["keys"], labels: labels, "Keys of a database.")
    set.add(.gauge, "db_keys_expiring", parts["expires"], labels: labels, "Keys with a time to live.")
    set.add(
      .gauge, "db_avg_ttl_seconds", parts["avg_ttl"].map { $0 / 1000 }, labels: labels,
      "The time to live that such keys have on average, estimated.")
  }

  /// `slave0:ip=127.0.0.1,port=6380,state=online,offset=42,lag=0`.
  fileprivate func addReplica(to set: inout FamilySet) {
    guard let number = name(after: "slave"), Int(number) != nil else { return }
    let parts = parts
    let labels = ["ip", "port", "state"].map { ("slave_\($0)", parts[$0] ?? "") }
    set.add(
      .gauge, "connected_slave_offset_bytes", parts["offset"].flatMap { Double($0) }, labels: labels,
      "A replica's position in the stream of replication.")
    set.add(
      .gauge, "connected_slave_lag_seconds", parts["lag"].flatMap { Double($0) }, labels: labels,
      "Seconds since a replica told its position.")
  }

  /// `master0:name=mymaster,status=ok,address=127.0.0.1:6379,slaves=1,sentinels=3`.
  fileprivate func addMaster(to set: inout FamilySet) {
    guard let number = name(after: "master"), Int(number) != nil else { return }
    let parts = parts
    let labels = [("master_name", parts["name"] ?? ""), ("master_address", parts["address"] ?? "")]
    let status = parts["status"] ?? ""
    set.add(
      .gauge, "sentinel_master_status", status == "ok" ? 1 : 0, labels: labels + [("master_status", status)],
      "Whether a master is up, as this Sentinel sees it.")
    set.add(
      .gauge, "sentinel_master_slaves", parts["slaves"].flatMap { Double($0) }, labels: labels, "Replicas of a master.")
    set.add(
      .gauge, "sentinel_master_sentinels", parts["sentinels"].flatMap { Double($0) }, labels: labels,
      "Sentinels that watch a master, this one included.")
  }
}
