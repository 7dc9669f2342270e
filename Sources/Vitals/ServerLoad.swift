import EventLoop
import Metrics
import Scoring

/// How much of what a server has is taken, as the score wants to know it: from the families of its last answer.
struct ServerLoad {
  /// The share of a PostgreSQL server's connections, or of a Redis server's memory; nil where that has no limit.
  private var usage: Double?
  /// How many keys were evicted so far, and until when that counts as something that goes on.
  private var evictions = (count: Double.infinity, until: Instant(nanoseconds: .min))

  mutating func note(postgres families: [Family]) {
    let (taken, all) = (families.sum("pg_stat_activity_count"), families.sum("pg_settings_max_connections"))
    // Some connections are kept for superusers.
    let room = all - families.sum("pg_settings_superuser_reserved_connections")
    usage = room > 0 ? taken / room : nil
  }

  mutating func note(redis families: [Family]) {
    let (used, limit) = (families.sum("redis_memory_used_bytes"), families.sum("redis_memory_max_bytes"))
    usage = limit > 0 ? used / limit : nil
    let count = families.sum("redis_evicted_keys_total")
    if count > evictions.count { evictions.until = .now + .seconds(300) }
    evictions.count = count
  }

  func assess(_ stores: inout [Facts.Store], named name: String) {
    guard let index = stores.firstIndex(where: { $0.name == name }) else { return }
    stores[index].usage = usage
    stores[index].isEvicting = .now < evictions.until
  }
}
