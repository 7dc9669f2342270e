import ArgumentParser
import Glibc
import Logging
import Vitals

/// `vitals serve`: runs the service until it is told to stop.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answer /health/ and /metrics.",
    discussion: """
      Every flag has an environment variable, and VARIABLE_FILE names a file that holds the value, as Docker secrets are. \
      Flags win.

      EXAMPLES
        vitals serve --database-url postgresql://app@db/app --redis-url redis://cache
        DATABASE_URL_FILE=/run/secrets/database_url vitals serve --listen :9000
        vitals serve --check api=http://web:8000/,critical=false --check smtp=tcp://mail:25

      \(exitCodes([(0, "ended by SIGTERM"), (1, "it could not start"), (64, "the configuration is wrong")]))
      """)

  @Option(
    help: .init(
      "Where to listen: ADDRESS:port, [IPv6]:port, :port or unix:/path; repeatable. (VITALS_LISTEN) (default: 0.0.0.0:8080)",
      valueName: "address"))
  var listen: [String] = []

  @Option(help: .init("PostgreSQL to check, as a URL or key=value. (DATABASE_URL)", valueName: "url"))
  var databaseURL: String?

  @Option(help: .init("Redis to check: redis://[user:password@]host[:port][/db]. (REDIS_URL)", valueName: "url"))
  var redisURL: String?

  @Option(
    help: .init(
      """
      Another check: NAME=URL[,critical=false][,interval=10s][,timeout=1s][,failures=5] with a URL of postgresql:, redis:, \
      http: or tcp:; repeatable. (VITALS_CHECKS, separated by ; or line ends)
      """, valueName: "check"))
  var check: [String] = []

  @Option(
    help: .init(
      """
      Docker engine for the swarm's metrics: unix:///path or tcp://host:port. (DOCKER_HOST) \
      (default: unix:///var/run/docker.sock when it exists)
      """, valueName: "host"))
  var dockerHost: String?

  @Option(
    help: .init("A label of nodes to show in swarm_node_labels; repeatable. (VITALS_NODE_LABELS)", valueName: "name"))
  var nodeLabel: [String] = []

  @Option(
    help: .init(
      """
      Collect these metrics only: swarm, containers, filesystem, postgresql, redis, celery or statsd; repeatable. \
      Without it, all that have a source. (VITALS_COLLECT)
      """, valueName: "kind"))
  var collect: [String] = []

  @Option(
    help: .init(
      "Time between two refreshes of a collector; the swarm's is 10s unless set. (VITALS_REFRESH) (default: 15s)",
      valueName: "duration"))
  var refresh: String?

  @Option(
    help: .init(
      "Statements of pg_stat_statements to show, those that took the most time. (VITALS_STATEMENTS) (default: 20)",
      valueName: "count"))
  var statements: String?

  @Option(help: .init("Redis that Celery uses as its broker. (CELERY_BROKER_URL)", valueName: "url"))
  var celeryBrokerURL: String?

  @Option(
    help: .init(
      "A queue to watch; repeatable. Without it, those with a binding at the broker. (VITALS_CELERY_QUEUES)",
      valueName: "name"))
  var celeryQueue: [String] = []

  @Option(
    help: .init("Celery's global_keyprefix, if it has one. (VITALS_CELERY_KEY_PREFIX)", valueName: "prefix"))
  var celeryKeyPrefix: String?

  @Option(
    help: .init(
      "Where to receive StatsD datagrams: ADDRESS:port, :port or unix:/path; repeatable. (VITALS_STATSD)",
      valueName: "address"))
  var statsd: [String] = []

  @Option(
    help: .init(
      "A path on a filesystem whose space to tell; repeatable. (VITALS_FILESYSTEMS) (default: /)", valueName: "path"))
  var filesystem: [String] = []

  @Option(
    help: .init(
      "Who sees more than verdicts: always or authorized, who sends the token. (VITALS_DETAILS) (default: always)",
      valueName: "who"))
  var details: String?

  @Option(
    help: .init(
      "The token, as bearer or as password; better in a file that VITALS_TOKEN_FILE names. (VITALS_TOKEN)",
      valueName: "token"))
  var token: String?

  @Option(help: .init("Time between two runs of a check. (VITALS_INTERVAL) (default: 5s)", valueName: "duration"))
  var interval: String?

  @Option(help: .init("Time that one run of a check may take. (VITALS_TIMEOUT) (default: 2s)", valueName: "duration"))
  var timeout: String?

  @Option(help: .init("Timeouts in a row that are a failure. (VITALS_FAILURES) (default: 3)", valueName: "count"))
  var failures: String?

  @Option(
    help: .init(
      "How long to answer 503 after SIGTERM before stopping. (VITALS_DRAIN) (default: 5s)", valueName: "duration"))
  var drain: String?

  @Option(help: .init("Open client connections. (VITALS_MAX_CONNECTIONS) (default: 10000)", valueName: "count"))
  var maxConnections: String?

  @Option(
    help: .init(
      "trace, debug, info, notice, warning, error or critical. (VITALS_LOG_LEVEL) (default: info)", valueName: "level"))
  var logLevel: String?

  @Option(help: .init("text or json. (VITALS_LOG_FORMAT) (default: text)", valueName: "format"))
  var logFormat: String?

  @Flag(help: "Validate the configuration, print what is wrong with it, and exit: 0 if nothing is.")
  var checkConfig = false

  /// Taken in order not to be printed: it may be a URL with a password.
  @Argument(help: .hidden)
  var stray: [String] = []

  func validate() throws {
    guard stray.isEmpty else { throw ValidationError("it takes flags only, and was given something else as well") }
  }

  private var flags: [Setting: [String]] {
    let single: [Setting: String?] = [
      .databaseURL: databaseURL, .redisURL: redisURL, .dockerHost: dockerHost, .refresh: refresh,
      .statements: statements,
      .celeryBrokerURL: celeryBrokerURL, .celeryKeyPrefix: celeryKeyPrefix, .details: details, .token: token,
      .interval: interval, .timeout: timeout, .failures: failures, .drain: drain, .maximumConnections: maxConnections,
      .logLevel: logLevel, .logFormat: logFormat,
    ]
    let repeated: [Setting: [String]] = [
      .listen: listen, .check: check, .nodeLabel: nodeLabel, .collect: collect, .celeryQueue: celeryQueue,
      .statsd: statsd, .filesystem: filesystem,
    ]
    return single.compactMapValues { $0.map { [$0] } }.merging(repeated.filter { !$0.value.isEmpty }) { first, _ in
      first
    }
  }

  func run() throws {
    var reader = ConfigurationReader(flags: flags, environment: environment()) { readFile($0, limit: 1 << 20) }
    do {
      let outcome = try reader.read()
      if checkConfig {
        print("configuration is valid: \(outcome.configuration.checks.count) checks")
        return
      }
      let handler = LineLogHandler(level: outcome.logLevel, isJSON: outcome.logsJSON)
      try Service(outcome.configuration, logger: Logger(label: "vitals") { _ in handler }).run()
    } catch let error as ConfigurationError {
      for problem in error.problems { complain("vitals serve: \(problem)") }
      throw ExitCode(EX_USAGE)
    } catch let error as Service.StartError {
      complain("vitals serve: \(error)")
      throw ExitCode.failure
    }
  }
}
