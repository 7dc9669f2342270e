/// A primary, its replica, and a Sentinel that watches both.
final class RedisScene: Sendable {
  let primary: RedisServer
  let replica: RedisServer
  let sentinel: RedisServer

  /// They end with the test process.
  static let shared = Result { try RedisScene() }

  private init() throws {
    primary = try RedisServer(.init(settings: ["appendonly yes", "latency-monitor-threshold 20"]))
    replica = try RedisServer(.init(settings: ["replicaof 127.0.0.1 \(primary.port)"]))
    sentinel = try RedisServer(
      .init(settings: ["sentinel monitor shop 127.0.0.1 \(primary.port) 1"], arguments: ["--sentinel"]))
    try primary.cli("set", "a", "1")
    try primary.cli("set", "b", "1", "ex", "5000")
    try primary.cli("-n", "3", "hset", "h", "k", "v")
    // An event that is slow, an error, and an entry in the log of slow commands.
    try primary.cli("debug", "sleep", "0.05")
    _ = try? primary.cli("incr", "h", "x")
    try eventually(within: .seconds(30), "a replica that the Sentinel knows") {
      try replica.cli("info", "replication").contains("master_link_status:up")
        && sentinel.cli("info", "sentinel").contains("slaves=1")
    }
  }
}
