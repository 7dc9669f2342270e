public import EventLoop
public import Health

/// What a service listens on, checks and watches.
///
/// `Configuration()` has the defaults of `vitals serve`; `ConfigurationReader` fills one from flags and environment.
public struct Configuration: Sendable {
  /// Where to listen; empty means `0.0.0.0:8080`.
  public var listen: [ListenAddress] = []
  /// What to check, each under its own name.
  public var checks: [CheckDefinition] = []
  /// The Docker engine to take the swarm's metrics from; nil for none.
  public var engine: EngineAddress?
  /// The labels of nodes that `swarm_node_labels` shows.
  public var nodeLabels: [String] = []
  /// What to collect metrics of, where its source is configured.
  public var collect = Set(CollectorKind.allCases)
  /// The time between two refreshes of a collector; nil is 10 s for the swarm and 15 s for all others.
  public var refresh: Duration?
  /// How many statements of pg_stat_statements have series, those that took the most time; 0 for none.
  public var statements = 20
  /// The broker of Celery, nil for none.
  public var celery: CeleryBroker?
  /// Where to receive StatsD datagrams; empty means nowhere.
  public var statsd: [ListenAddress] = []
  /// A path on each filesystem whose space is told.
  public var filesystems = ["/"]
  /// Who is shown more than verdicts.
  public var details = Details.always
  /// What a client that may see everything sends as bearer token, or as password with any user name.
  public var token: String?
  /// From SIGTERM to the end: how long the service answers that it is leaving before it does.
  public var drain = Duration.seconds(5)
  /// How many clients may be connected at once.
  public var maximumConnections = 10_000

  /// The defaults: no checks, no swarm.
  public init() {}

  /// `refresh` of every collector but the swarm's.
  var refreshInterval: Duration { refresh ?? .seconds(15) }

  /// Everything that keeps this configuration from being used; empty where nothing does.
  public var problems: [ConfigurationError.Problem] {
    var problems = checks.compactMap(\.problem)
    var seen: Set<String> = []
    for check in checks where !seen.insert(check.name).inserted {
      problems.append(.init("check \(check.name)", "the name is taken: give each check its own"))
    }
    for check in checks where check.server != nil && CollectorKind(rawValue: check.name)?.isNamedByItself == true {
      problems.append(.init("check \(check.name)", "a collector has this name, and the server's would have it too"))
    }
    if details == .authorized, token == nil {
      problems.append(.init(Setting.details.flag, "authorized needs a token: set VITALS_TOKEN_FILE or VITALS_TOKEN"))
    }
    return problems
  }
}

/// One check: its name, how often it runs, and how it is made once there is a loop to run it on.
public struct CheckDefinition: Sendable {
  /// Lower-case letters, digits, `-` and `_`: it is a path segment, a JSON key and a label.
  public let name: String
  /// How often it runs and what its results mean.
  public var policy: CheckPolicy
  /// The server that it checks, where there are metrics to be had of it too.
  let server: MonitoredServer?
  package let make: @Sendable (EventLoop) -> any Check

  /// A check of your own.
  ///
  /// - Parameter make: called once, on the loop, when the service starts.
  public init(_ name: String, policy: CheckPolicy = CheckPolicy(), make: @escaping @Sendable (EventLoop) -> any Check) {
    self.init(name, policy: policy, server: nil, make: make)
  }

  init(
    _ name: String, policy: CheckPolicy, server: MonitoredServer?, make: @escaping @Sendable (EventLoop) -> any Check
  ) {
    self.name = name
    self.policy = policy
    self.server = server
    self.make = make
  }

  static let nameRule = "a name has 1 to 63 lower-case letters, digits, - and _"

  static func isName(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      }
  }

  var problem: ConfigurationError.Problem? {
    let setting = "check \(name)"
    guard CheckDefinition.isName(name) else { return .init(setting, CheckDefinition.nameRule) }
    guard policy.interval >= .milliseconds(100) else { return .init(setting, "interval must be at least 100ms") }
    guard policy.timeout >= .milliseconds(10) else { return .init(setting, "timeout must be at least 10ms") }
    guard policy.failures >= 1 else { return .init(setting, "failures must be at least 1") }
    return nil
  }
}
