import Postgres
import Redis

/// What metrics can be collected of.
public enum CollectorKind: String, CaseIterable, Sendable {
  case swarm, containers, filesystem, postgresql, redis, celery, statsd
}

/// A server that is checked, and that has metrics of its own to tell.
enum MonitoredServer: Sendable {
  case postgres(ConnectionString)
  case redis(RedisURL)
}
