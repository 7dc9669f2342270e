import EventLoop
import Health
import Logging
import Metrics
import Redis
import Scoring

/// The metrics of a Redis server, a replica or a Sentinel, by redis_exporter's names.
final class RedisSource: Collector, @unchecked Sendable {
  let name: String
  let interval: Duration
  let timeout = Duration.seconds(10)

  private let server: WatchedServer<RedisURL>
  private let collector: MetricsCollector
  private var logger: Logger
  private var refusals = Refusals()
  private var isUp = false
  /// The share of the memory that is taken; nil without a limit.
  private var usage: Double?
  /// How many keys were evicted so far, and until when that counts as something that goes on.
  private var evictions = (count: Double.infinity, until: Instant(nanoseconds: .min))

  init(_ server: WatchedServer<RedisURL>, _ configuration: Configuration, logger: Logger, on loop: EventLoop) {
    self.server = server
    name = server.name
    interval = configuration.refreshInterval
    self.logger = logger
    self.logger[metadataKey: "collector"] = "\(name)"
    collector = MetricsCollector(
      Connector(server.target, on: loop, resolver: Resolver(on: loop)), server: server.label)
  }

  func collect(before deadline: Instant) async throws -> [Family] {
    isUp = false
    let now = Double(WallTime.now.milliseconds / 1000)
    let answer = try await collector.refresh(before: deadline, without: refusals.names(at: .now), now: now)
    isUp = true
    note(answer.families)
    let refused = answer.refusals.map { ($0.name, $0.error.isLasting, $0.error.description) }
    for message in refusals.take(refused, at: .now) {
      logger.warning("Redis does not tell", metadata: message)
    }
    return answer.families
  }

  var status: [Family] {
    var up = Family("redis_up", .gauge, help: "Whether the server answered at the last refresh.")
    up.add(isUp, server.label.map { ["server": $0] } ?? [:])
    return [up]
  }

  func assess(_ facts: inout Facts, isCurrent: Bool) {
    guard isCurrent, let index = facts.redis.firstIndex(where: { $0.name == name }) else { return }
    facts.redis[index].usage = usage
    facts.redis[index].isEvicting = .now < evictions.until
  }

  private func note(_ families: [Family]) {
    let (used, limit) = (families.sum("redis_memory_used_bytes"), families.sum("redis_memory_max_bytes"))
    usage = limit > 0 ? used / limit : nil
    let count = families.sum("redis_evicted_keys_total")
    if count > evictions.count { evictions.until = .now + .seconds(300) }
    evictions.count = count
  }

  func stop() { collector.close() }
}
