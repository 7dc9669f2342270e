import Postgres
import Redis

/// What metrics can be collected of.
public enum CollectorKind: String, CaseIterable, Sendable {
  case swarm, containers, filesystem, postgresql, redis, celery, statsd

  /// Whether there is one collector of this kind, named as the kind is, and not one for each server that is checked.
  var isNamedByItself: Bool {
    switch self {
    case .swarm, .containers, .filesystem, .celery, .statsd: true
    case .postgresql, .redis: false
    }
  }
}

/// A server that is checked, and that has metrics of its own to tell.
enum MonitoredServer: Sendable {
  case postgres(ConnectionString)
  case redis(RedisURL)
}
