import Metrics
import TestSupport
import Testing

@testable import Redis

@Suite struct InfoTests {
  /// The samples of a page, without the lines about families.
  private func samples(_ set: FamilySet) -> Set<String> { Set(Page(set.families).samples) }

  private func samples(_ info: String, databases: Int = 0, server: String? = nil) -> Set<String> {
    var set = FamilySet(server: server)
    Info(info).add(to: &set, databases: databases, now: 1000)
    return samples(set).filter { !$0.hasPrefix("redis_instance_info") }
  }

  @Test func `fields stand under headings, and a value may have colons`() {
    let info = Info("# Server\r\nos:Linux: 6\r\n\r\n# Clients\r\nempty:\r\nno field\r\n#not:a heading\r\nlast:1")
    #expect(
      info.fields == [
        Info.Field(section: "Server", name: "os", value: "Linux: 6"),
        Info.Field(section: "Clients", name: "empty", value: ""),
        Info.Field(section: "Clients", name: "#not", value: "a heading"),
        Info.Field(section: "Clients", name: "last", value: "1"),
      ])
    #expect(info["os"] == "Linux: 6")
    #expect(info["absent"] == nil)
    #expect(Info("") == Info("\r\n\r\n"))
  }

  @Test(arguments: [
    ("# Memory\r\nused_memory:1024", ["redis_memory_used_bytes 1024"]),
    ("# Persistence\r\nrdb_last_bgsave_status:ok", ["redis_rdb_last_bgsave_status 1"]),
    ("# Persistence\r\naof_last_write_status:err", ["redis_aof_last_write_status 0"]),
    ("# Stats\r\nlatest_fork_usec:2500000", ["redis_latest_fork_seconds 2.5"]),
    ("# Memory\r\nmem_fragmentation_ratio:-nan", []), ("# Memory\r\nused_memory:much", []),
    ("# Server\r\nuptime_in_seconds:400", ["redis_start_time_seconds 600", "redis_uptime_in_seconds 400"]),
    ("# Other\r\nunknown_field:7", []),
    (
      "# Commandstats\r\ncmdstat_config|get:calls=2,usec=3000000,usec_per_call=1.5,rejected_calls=4,failed_calls=5",
      [
        #"redis_commands_total{cmd="config|get"} 2"#, #"redis_commands_duration_seconds_total{cmd="config|get"} 3"#,
        #"redis_commands_rejected_calls_total{cmd="config|get"} 4"#,
        #"redis_commands_failed_calls_total{cmd="config|get"} 5"#,
      ]
    ),
    // Before Redis 6.2.
    (
      "# Commandstats\r\ncmdstat_get:calls=2,usec=1,usec_per_call=0.5",
      [#"redis_commands_total{cmd="get"} 2"#, #"redis_commands_duration_seconds_total{cmd="get"} 1e-06"#]
    ),
    ("# Commandstats\r\ncmdstat_get:", []),
    ("# Errorstats\r\nerrorstat_ERR:count=7", [#"redis_errors_total{err="ERR"} 7"#]),
    (
      "# Keyspace\r\ndb3:keys=5,expires=1,avg_ttl=2500",
      [
        #"redis_db_keys{db="db3"} 5"#, #"redis_db_keys_expiring{db="db3"} 1"#,
        #"redis_db_avg_ttl_seconds{db="db3"} 2.5"#,
      ]
    ),
    (
      "# Replication\r\nrole:master\r\nslave0:ip=10.0.0.1,port=6380,state=online,offset=42,lag=1",
      [
        #"redis_connected_slave_offset_bytes{slave_ip="10.0.0.1",slave_port="6380",slave_state="online"} 42"#,
        #"redis_connected_slave_lag_seconds{slave_ip="10.0.0.1",slave_port="6380",slave_state="online"} 1"#,
      ]
    ),
    (
      """
      # Replication\r\nrole:slave\r\nmaster_host:db\r\nmaster_port:6379\r\nmaster_link_status:down\r
      master_last_io_seconds_ago:-1\r\nmaster_sync_in_progress:1\r\nslave_repl_offset:9\r\nslave_read_only:1
      """,
      [
        #"redis_slave_info{master_host="db",master_port="6379",read_only="1"} 1"#,
        #"redis_master_link_up{master_host="db",master_port="6379"} 0"#,
        #"redis_master_last_io_seconds_ago{master_host="db",master_port="6379"} -1"#,
        #"redis_master_sync_in_progress{master_host="db",master_port="6379"} 1"#,
        #"redis_slave_repl_offset{master_host="db",master_port="6379"} 9"#,
      ]
    ),
    (
      "# Sentinel\r\nsentinel_masters:1\r\nmaster0:name=shop,status=sdown,address=10.0.0.1:6379,slaves=2,sentinels=3",
      [
        "redis_sentinel_masters 1",
        #"redis_sentinel_master_status{master_name="shop",master_address="10.0.0.1:6379",master_status="sdown"} 0"#,
        #"redis_sentinel_master_slaves{master_name="shop",master_address="10.0.0.1:6379"} 2"#,
        #"redis_sentinel_master_sentinels{master_name="shop",master_address="10.0.0.1:6379"} 3"#,
      ]
    ),
  ])
  func `a field becomes metrics`(info: String, expected: [String]) {
    #expect(samples(info) == Set(expected))
  }

  @Test func `every database that there may be has its number of keys`() {
    #expect(
      samples("# Keyspace\r\ndb1:keys=5,expires=1", databases: 2) == [
        #"redis_db_keys{db="db0"} 0"#, #"redis_db_keys_expiring{db="db0"} 0"#, #"redis_db_keys{db="db1"} 5"#,
        #"redis_db_keys_expiring{db="db1"} 1"#,
      ])
  }

  @Test func `one of several servers is told from the others`() {
    #expect(
      samples("# Errorstats\r\nerrorstat_ERR:count=7", server: "cache:6379")
        == [#"redis_errors_total{err="ERR",server="cache:6379"} 7"#])
  }

  @Test func `what the server is stands in labels`() {
    var set = FamilySet(server: nil)
    Info("role:master\r\nredis_version:7.0.15\r\nos:a \"b\"\\").add(to: &set, databases: 0, now: 0)
    let expected =
      #"redis_instance_info{role="master",redis_version="7.0.15",redis_build_id="",redis_mode="",os="a \"b\"\\","#
      + #"maxmemory_policy="",tcp_port="",run_id="",process_id=""} 1"#
    #expect(samples(set) == [expected])
  }

  @Test func `without CONFIG the limits are taken from INFO`() {
    var set = FamilySet(server: nil)
    Info("maxclients:100\r\nmaxmemory:5").addLimits(to: &set)
    #expect(samples(set) == ["redis_config_maxclients 100", "redis_config_maxmemory 5"])
  }

  @Test func `the replies of the other commands`() throws {
    func bulk(_ text: String) -> Reply { .bulk(Array(text.utf8)) }
    let replies: [String: Reply] = [
      "CONFIG GET maxclients": .array([bulk("maxclients"), bulk("77")]),
      "CONFIG GET io-threads": .array([]),
      "SLOWLOG LEN": .integer(3),
      "SLOWLOG GET 1": .array([.array([.integer(8), .integer(1_700_000_000), .integer(2500), .array([])])]),
      "LATENCY LATEST": .array([
        .array([bulk("fork"), .integer(1_700_000_000), .integer(250), .integer(300)]), .array([.null]),
      ]),
    ]
    var set = FamilySet(server: nil)
    for question in Question.all {
      if let reply = replies[question.command.joined(separator: " ")] { question.add(reply, &set) }
    }
    #expect(
      samples(set) == [
        "redis_config_maxclients 77", "redis_slowlog_length 3", "redis_slowlog_last_id 8",
        "redis_last_slow_execution_duration_seconds 0.0025",
        #"redis_latency_spike_last{event_name="fork"} 1700000000"#,
        #"redis_latency_spike_duration_seconds{event_name="fork"} 0.25"#,
      ])
    var empty = FamilySet(server: nil)
    for question in Question.all { question.add(.array([]), &empty) }
    #expect(samples(empty) == ["redis_slowlog_last_id 0", "redis_last_slow_execution_duration_seconds 0"])
    var odd = FamilySet(server: nil)
    for question in Question.all { question.add(.array([.array([.null]), .integer(1)]), &odd) }
    for question in Question.all { question.add(.null, &odd) }
    #expect(samples(odd) == [])
  }

  @Test func `a Sentinel's masters`() {
    func bulk(_ text: String) -> Reply { .bulk(Array(text.utf8)) }
    func instance(_ flags: String) -> Reply { .array([bulk("name"), bulk("x"), bulk("flags"), bulk(flags)]) }
    let masters = SentinelMaster.all(
      in: .array([
        .array([bulk("name"), bulk("shop"), bulk("ip"), bulk("10.0.0.1"), bulk("port"), bulk("6379")]),
        .array([bulk("name"), bulk("broken")]), .null,
      ]))
    #expect(masters == [SentinelMaster(name: "shop", address: "10.0.0.1:6379")])
    #expect(SentinelMaster.all(in: .error("NOPERM")).isEmpty)
    var set = FamilySet(server: nil)
    masters[0].add(
      [
        .error("NOQUORUM 1 usable Sentinels."), .array([instance("sentinel"), instance("s_down,sentinel")]),
        .array([instance("slave"), instance("o_down,slave"), instance("slave,disconnected")]),
      ], to: &set)
    let labels = #"{master_name="shop",master_address="10.0.0.1:6379"}"#
    #expect(
      samples(set) == [
        #"redis_sentinel_master_ckquorum_status{master_name="shop",message="NOQUORUM 1 usable Sentinels."} 0"#,
        "redis_sentinel_master_ok_sentinels\(labels) 2", "redis_sentinel_master_ok_slaves\(labels) 2",
      ])
  }
}
