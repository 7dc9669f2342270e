/// One setting of `vitals serve`: a flag and the environment variable that stands in for it.
///
/// Defaults are in `ConfigurationReader`, help texts with the flags, and docs/configuration.md is tested against both.
public enum Setting: String, CaseIterable, Sendable {
  case listen
  case databaseURL = "database-url"
  case redisURL = "redis-url"
  case check
  case dockerHost = "docker-host"
  case nodeLabel = "node-label"
  case collect
  case refresh
  case statements
  case celeryBrokerURL = "celery-broker-url"
  case celeryQueue = "celery-queue"
  case celeryKeyPrefix = "celery-key-prefix"
  case statsd
  case filesystem
  case details
  case token
  case interval
  case timeout
  case failures
  case drain
  case maximumConnections = "max-connections"
  case logLevel = "log-level"
  case logFormat = "log-format"

  /// `--database-url`.
  public var flag: String { "--\(rawValue)" }

  /// `DATABASE_URL`; the variable with `_FILE` behind it names a file that holds the value.
  public var variable: String {
    switch self {
    case .databaseURL: "DATABASE_URL"
    case .redisURL: "REDIS_URL"
    case .dockerHost: "DOCKER_HOST"
    case .check: "VITALS_CHECKS"
    case .nodeLabel: "VITALS_NODE_LABELS"
    case .celeryBrokerURL: "CELERY_BROKER_URL"
    case .celeryQueue: "VITALS_CELERY_QUEUES"
    case .filesystem: "VITALS_FILESYSTEMS"
    default: "VITALS_" + rawValue.uppercased().replacing("-", with: "_")
    }
  }
}
