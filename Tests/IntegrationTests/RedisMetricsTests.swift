import Foundation
import Testing

/// What happens in Redis, and what the metrics say of it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct RedisMetricsTests {
  private let redis: RedisServer
  private let vitals: VitalsProcess

  private static let shared = Result {
    let redis = try RedisServer(.init(settings: ["maxclients 40"]))
    let vitals = try VitalsProcess.watching(["--redis-url", redis.url()])
    try vitals.waitForPage("metrics of Redis") { $0["redis_up"] == 1 }
    return (redis: redis, vitals: vitals)
  }

  init() throws {
    (redis, vitals) = try Self.shared.get()
    try redis.cli("flushall")
  }

  @Test func `keys, hits, misses, commands and errors are counted`() throws {
    let before = try vitals.nextPage(of: "redis")
    func change(_ page: MetricsPage, _ name: String, _ labels: [String: String] = [:]) -> Double {
      (page[name, labels] ?? 0) - (before[name, labels] ?? 0)
    }
    for number in 0..<9 { try redis.cli("set", "k\(number)", "v") }
    for number in 0..<4 { try redis.cli("get", "k\(number)") }
    for number in 0..<3 { try redis.cli("get", "absent\(number)") }
    try redis.cli("-n", "7", "set", "x", "y", "ex", "1000")
    _ = try? redis.cli("lpush", "k0", "x")
    let page = try vitals.nextPage(of: "redis")
    #expect(change(page, "redis_keyspace_hits_total") == 4)
    #expect(change(page, "redis_keyspace_misses_total") == 3)
    #expect(change(page, "redis_commands_total", ["cmd": "get"]) == 7)
    #expect(change(page, "redis_commands_total", ["cmd": "set"]) == 10)
    #expect(change(page, "redis_commands_failed_calls_total", ["cmd": "lpush"]) == 1)
    #expect(change(page, "redis_errors_total", ["err": "WRONGTYPE"]) == 1)
    #expect(page["redis_db_keys", ["db": "db0"]] == 9 && page["redis_db_keys", ["db": "db7"]] == 1)
    #expect(page["redis_db_keys_expiring", ["db": "db7"]] == 1 && page["redis_db_keys", ["db": "db15"]] == 0)
    #expect(page["redis_db_avg_ttl_seconds", ["db": "db7"]] ?? 0 > 900)
    let processed = change(page, "redis_commands_processed_total")
    #expect(processed >= 18 && processed < 400)
  }

  @Test func `a key that expires and one that is evicted are counted`() throws {
    let before = try vitals.nextPage(of: "redis")
    for number in 0..<5 { try redis.cli("set", "short\(number)", "v", "px", "50") }
    try vitals.waitForPage("five keys that expired") {
      ($0["redis_expired_keys_total"] ?? 0) - (before["redis_expired_keys_total"] ?? 0) == 5
    }
    #expect(try vitals.page()["redis_evicted_keys_total"] == before["redis_evicted_keys_total"])
    try redis.cli("config", "set", "maxmemory-policy", "allkeys-lru")
    try redis.cli("config", "set", "maxmemory", "3mb")
    defer { _ = try? redis.cli("config", "set", "maxmemory", "0") }
    try redis.cli("debug", "populate", "100", "big", "100000")
    try redis.cli("set", "one", "more")
    let page = try vitals.nextPage(of: "redis")
    let evicted = try redis.cli("info", "stats").split(whereSeparator: \.isNewline).first {
      $0.hasPrefix("evicted_keys:")
    }
    #expect(page["redis_evicted_keys_total"].map { "evicted_keys:\(Int($0))" } == evicted.map(String.init))
    #expect((page["redis_evicted_keys_total"] ?? 0) - (before["redis_evicted_keys_total"] ?? 0) > 50)
    #expect(page["redis_memory_max_bytes"] == 3_145_728 && page["redis_config_maxmemory"] == 3_145_728)
    #expect(page.samples(of: "redis_instance_info").keys.first?.labels["maxmemory_policy"] == "allkeys-lru")
  }

  @Test func `a client that waits is seen`() throws {
    try vitals.waitForPage("nobody waits") { $0["redis_blocked_clients"] == 0 }
    let client = try Subprocess(["redis-cli", "-s", redis.socketPath, "blpop", "nothing", "0"])
    defer { client.kill() }
    try vitals.waitForPage("who waits") { $0["redis_blocked_clients"] == 1 && $0["redis_connected_clients"] ?? 0 >= 3 }
    try redis.cli("lpush", "nothing", "something")
    #expect(client.wait(within: .seconds(10)) == .code(0))
    try vitals.waitForPage("nobody waits") { $0["redis_blocked_clients"] == 0 }
  }

  @Test func `who is turned away is counted`() throws {
    let before = try vitals.nextPage(of: "redis")["redis_rejected_connections_total"] ?? -1
    var sockets = try (0..<40).map { _ in try RawSocket(.loopback(redis.port)) }
    try vitals.waitForPage("rejections") { $0["redis_rejected_connections_total"] ?? 0 > before }
    for socket in sockets { socket.close() }
    sockets = []
    #expect(try vitals.page()["redis_config_maxclients"] == 40)
  }

  @Test func `a slow command is in the log and among the slow events`() throws {
    try redis.cli("slowlog", "reset")
    try redis.cli("config", "set", "latency-monitor-threshold", "20")
    #expect(try vitals.nextPage(of: "redis")["redis_slowlog_length"] == 0)
    let before = Date.now.timeIntervalSince1970.rounded(.down)
    try redis.cli("debug", "sleep", "0.05")
    let page = try vitals.nextPage(of: "redis")
    #expect(page["redis_slowlog_length"] == 1)
    let duration = page["redis_last_slow_execution_duration_seconds"] ?? 0
    #expect(duration >= 0.05 && duration < 5)
    #expect(page["redis_slowlog_last_id"] ?? -1 >= 0)
    let event = ["event_name": "command"]
    #expect(page["redis_latency_spike_duration_seconds", event] ?? 0 >= 0.05)
    #expect(page["redis_latency_spike_last", event] ?? 0 >= before)
  }

  @Test func `nothing is asked that looks at the data, and no key is left behind`() throws {
    try redis.cli("config", "resetstat")
    _ = try vitals.nextPage(of: "redis")
    let commands = try redis.cli("info", "commandstats").split(whereSeparator: \.isNewline)
      .compactMap { $0.firstMatch(of: /cmdstat_([^:]+):/).map { String($0.1) } }
    let asked = Set(commands).subtracting(["ping", "config|resetstat", "command|docs"])
    #expect(asked == ["info", "config|get", "slowlog|len", "slowlog|get", "latency|latest"])
    #expect(try redis.cli("dbsize") == "0")
    let clients = try redis.cli("client", "list").split(whereSeparator: \.isNewline)
    #expect(clients.count { $0.contains(" name=vitals ") } == 2)
  }

  @Test func `rights for little bring what they allow, and are asked for no more`() throws {
    let users = [
      "vitals on >secret -@all +ping +select +client|setname +info +config|get +slowlog|len +slowlog|get +latency|latest",
      "poor on >secret -@all +ping +select +info",
    ]
    let server = try RedisServer(.init(users: users))
    defer { server.stop() }
    for (user, isPoor) in [("vitals", false), ("poor", true)] {
      let vitals = try VitalsProcess.watching(["--redis-url", server.url(user: user, password: "secret", database: 4)])
      defer { vitals.kill() }
      try vitals.waitForPage("metrics of Redis") { $0["redis_up"] == 1 }
      // The check's connection has a refusal of its own.
      try vitals.waitForHealth(200)
      let page = try vitals.page()
      #expect(page["redis_connected_clients"] ?? 0 >= 1)
      #expect(page["redis_config_maxclients"] == 10_000 && page["redis_config_maxmemory"] == 0)
      #expect((page["redis_slowlog_length"] == nil) == isPoor && (page["redis_config_io_threads"] == nil) == isPoor)
      let refused = { try server.cli("info", "errorstats").firstMatch(of: /errorstat_NOPERM:count=(\d+)/)?.1 }
      let before = try refused()
      let errors = vitals.errorOutput.split(separator: "\n").filter { $0.contains("Redis does not tell") }
      #expect(errors.count == (isPoor ? 4 : 0), "\(errors)")
      let last = page["redis_commands_processed_total"] ?? 0
      try vitals.waitForPage("more refreshes") { $0["redis_commands_processed_total"] ?? 0 > last + 3 }
      #expect(try refused() == before)
    }
  }

  @Test func `a replica and its primary tell of each other`() throws {
    let scene = try RedisScene.shared.get()
    let both = try VitalsProcess.watching([
      "--redis-url", scene.primary.url(), "--check", "replica=\(scene.replica.url())",
      "--check", "sentinel=\(scene.sentinel.url())",
    ])
    defer { both.kill() }
    try scene.primary.cli("set", "for", "all")
    let primary = ["server": "127.0.0.1:\(scene.primary.port)"]
    let replica = ["server": "127.0.0.1:\(scene.replica.port)"]
    let link = replica.merging(["master_host": "127.0.0.1", "master_port": "\(scene.primary.port)"]) { $1 }
    try both.waitForPage("three servers") { page in
      let offset = page.samples(of: "redis_connected_slave_offset_bytes", with: primary).first
      return page.samples(of: "redis_up").values.reduce(0, +) == 3 && page["redis_master_link_up", link] == 1
        && page["redis_connected_slaves", primary] == 1 && offset?.value ?? 0 > 0
        && offset?.key.labels["slave_port"] == "\(scene.replica.port)"
        && offset?.key.labels["slave_state"] == "online"
        && page["redis_slave_repl_offset", link] ?? 0 > 0
    }
    let page = try both.page()
    for (series, _) in page.samples where series.name.hasPrefix("redis_") {
      #expect(series.labels["server"] != nil, "\(series)")
    }
    let roles = page.samples(of: "redis_instance_info").keys.map { $0.labels["role"] }
    #expect(Set(roles) == ["master", "slave", ""])
    let master = ["master_name": "shop", "master_address": "127.0.0.1:\(scene.primary.port)"]
    #expect(page.samples(of: "redis_sentinel_master_status", with: master).first?.value == 1)
    for name in ["slaves", "ok_slaves", "sentinels", "ok_sentinels"] {
      #expect(page.samples(of: "redis_sentinel_master_\(name)", with: master).first?.value == 1, "\(name)")
    }
    #expect(page.samples(of: "redis_sentinel_master_ckquorum_status").first?.value == 1)

    try scene.primary.pause()
    defer { scene.primary.resume() }
    try both.waitForPage("a primary that is silent") { page in
      page["redis_up", primary] == 0 && page["redis_up", replica] == 1
        && page["redis_master_last_io_seconds_ago", link] ?? 0 >= 2
    }
  }

  @Test func `docs/metrics.md has every family of Redis, and no other`() throws {
    let scene = try RedisScene.shared.get()
    let services = try [scene.primary, scene.replica, scene.sentinel].map {
      try VitalsProcess.watching(["--redis-url", $0.url()])
    }
    defer { for service in services { service.kill() } }
    for service in services { try service.waitForPage("metrics of Redis") { $0["redis_up"] == 1 } }
    let pages = try services.map { try $0.page() }
    let documented = try MetricsDocument(prefix: "redis_")
    #expect(documented.problems(of: pages) == [])
    for service in services { #expect(try Promtool.complaints(of: service.get("/metrics").text) == []) }
  }
}
