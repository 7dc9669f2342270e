import EventLoop
import Health
public import Logging

/// Reads a configuration from flags, environment variables and the files that these name.
///
/// Flags win over variables. Every problem is collected, under the name of the flag, variable or file that has it.
public struct ConfigurationReader {
  /// What a flag or a variable said, and which of them.
  struct Given {
    var text: String
    var source: String
  }

  private let flags: [Setting: [String]]
  private let environment: [String: String]
  private let readFile: (String) -> String?
  private var problems: [ConfigurationError.Problem] = []

  /// A reader of these sources.
  ///
  /// - Parameters:
  ///   - flags: the values of each flag that was given, in order.
  ///   - environment: the process' variables; an empty one counts as not set.
  ///   - readFile: the text of a file, nil where it can't be read.
  public init(flags: [Setting: [String]], environment: [String: String], readFile: @escaping (String) -> String?) {
    self.flags = flags
    self.environment = environment.filter { !$0.value.isEmpty }
    self.readFile = readFile
  }

  /// What a command needs to start: the service's configuration and how to log.
  public struct Outcome: Sendable {
    /// The service's configuration.
    public var configuration: Configuration
    /// Messages below this level are left out.
    public var logLevel: Logger.Level
    /// Whether a log line is a JSON object.
    public var logsJSON: Bool
  }

  /// The configuration.
  ///
  /// - Throws: every problem that there is.
  public mutating func read() throws(ConfigurationError) -> Outcome {
    var configuration = Configuration()
    configuration.listen = given(.listen, separators: [",", " "]).compactMap { given in
      attempt(given) { () throws(ConfigurationError) in try ListenAddress(given.text) }
    }
    let policy = self.policy()
    configuration.checks = checks(policy)
    configuration.engine = engine()
    configuration.nodeLabels = given(.nodeLabel, separators: [",", " "]).map(\.text)
    configuration.collect = collect()
    configuration.refresh = duration(.refresh, in: .milliseconds(100) ... .seconds(3600))
    configuration.statements = integer(.statements, default: 20, in: 0...500)
    configuration.celery = celery()
    configuration.statsd = given(.statsd, separators: [",", " "]).compactMap { given in
      attempt(given) { () throws(ConfigurationError) in try ListenAddress(given.text) }
    }
    configuration.filesystems = filesystems()
    configuration.details = choice(.details, default: .always)
    configuration.token = one(.token)?.text
    configuration.drain = duration(.drain, default: .seconds(5), in: .zero ... .seconds(3600))
    configuration.maximumConnections = integer(.maximumConnections, default: 10_000, in: 1...1_000_000)
    let outcome = Outcome(configuration: configuration, logLevel: logLevel(), logsJSON: logsJSON())
    problems += configuration.problems
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    return outcome
  }

  // MARK: The settings

  private mutating func policy() -> CheckPolicy {
    CheckPolicy(
      interval: duration(.interval, default: .seconds(5), in: .milliseconds(100) ... .seconds(3600)),
      timeout: duration(.timeout, default: .seconds(2), in: .milliseconds(10) ... .seconds(3600)),
      failures: integer(.failures, default: 3, in: 1...1000))
  }

  private mutating func checks(_ policy: CheckPolicy) -> [CheckDefinition] {
    var checks: [CheckDefinition] = []
    for (setting, name) in [(Setting.databaseURL, "postgresql"), (.redisURL, "redis")] {
      guard let given = one(setting) else { continue }
      let kind: CheckKind = setting == .databaseURL ? .postgres : .redis
      let check = attempt(given) { () throws(ConfigurationError) in
        try CheckDefinition(name, kind: kind, url: given.text, policy: policy)
      }
      if let check { checks.append(check) }
    }
    for given in given(.check, separators: ["\n", ";"]) {
      let check = attempt(given) { () throws(ConfigurationError) in
        try CheckDefinition(argument: given.text, policy: policy)
      }
      if let check { checks.append(check) }
    }
    return checks
  }

  private mutating func engine() -> EngineAddress? {
    guard let given = one(.dockerHost) else { return .local }
    let verifiesTLS = environment["DOCKER_TLS_VERIFY"] != nil
    return attempt(given) { () throws(ConfigurationError) in
      try EngineAddress(given.text, verifiesTLS: verifiesTLS)
    }
  }

  private mutating func collect() -> Set<CollectorKind> {
    let names = given(.collect, separators: [",", " "])
    if names.isEmpty { return Set(CollectorKind.allCases) }
    return Set(
      names.compactMap { given in
        if let kind = CollectorKind(rawValue: given.text) { return kind }
        let kinds = CollectorKind.allCases.map(\.rawValue).joined(separator: ", ")
        problems.append(.init(given.source, "\(given.text) is nothing to collect: use some of \(kinds)"))
        return nil
      })
  }

  private mutating func celery() -> CeleryBroker? {
    let queues = given(.celeryQueue, separators: [",", " "]).map(\.text)
    let prefix = one(.celeryKeyPrefix)?.text
    guard let given = one(.celeryBrokerURL) else { return nil }
    var broker = attempt(given) { () throws(ConfigurationError) in try CeleryBroker(given.text) }
    broker?.queues = queues
    broker?.keyPrefix = prefix ?? ""
    return broker
  }

  private mutating func filesystems() -> [String] {
    let paths = given(.filesystem, separators: [",", " "])
    for path in paths where !path.text.hasPrefix("/") {
      problems.append(.init(path.source, "\(path.text) is not an absolute path"))
    }
    return paths.isEmpty ? ["/"] : paths.map(\.text)
  }

  private mutating func logLevel() -> Logger.Level {
    guard let given = one(.logLevel) else { return .info }
    if let level = Logger.Level(rawValue: given.text.lowercased()) { return level }
    let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
    problems.append(.init(given.source, "\(given.text) is no log level: use one of \(levels)"))
    return .info
  }

  private mutating func logsJSON() -> Bool {
    guard let given = one(.logFormat) else { return false }
    switch given.text.lowercased() {
    case "json": return true
    case "text": return false
    default:
      problems.append(.init(given.source, "\(given.text) is no log format: use text or json"))
      return false
    }
  }

  // MARK: Values

  private mutating func choice<Value: RawRepresentable<String> & CaseIterable>(_ setting: Setting, default value: Value)
    -> Value
  {
    guard let given = one(setting) else { return value }
    if let choice = Value(rawValue: given.text.lowercased()) { return choice }
    let choices = Value.allCases.map(\.rawValue).joined(separator: " or ")
    problems.append(.init(given.source, "\(given.text) is not one of the choices: use \(choices)"))
    return value
  }

  private mutating func duration(_ setting: Setting, default value: Duration, in range: ClosedRange<Duration>)
    -> Duration
  {
    duration(setting, in: range) ?? value
  }

  /// Nil where it is not given, and where it is not valid.
  private mutating func duration(_ setting: Setting, in range: ClosedRange<Duration>) -> Duration? {
    guard let given = one(setting) else { return nil }
    guard let duration = DurationText.parse(given.text) else {
      problems.append(.init(given.source, "\(given.text) is no duration: use 500ms, 5s, 1m30s"))
      return nil
    }
    guard range.contains(duration) else {
      let (low, high) = (DurationText.describe(range.lowerBound), DurationText.describe(range.upperBound))
      problems.append(.init(given.source, "\(given.text) is out of range: use \(low) to \(high)"))
      return nil
    }
    return duration
  }

  private mutating func integer(_ setting: Setting, default value: Int, in range: ClosedRange<Int>) -> Int {
    guard let given = one(setting) else { return value }
    guard let number = Int(given.text), range.contains(number) else {
      problems.append(
        .init(given.source, "\(given.text) is not a whole number from \(range.lowerBound) to \(range.upperBound)"))
      return value
    }
    return number
  }

  private mutating func attempt<Value>(_ given: Given, _ body: () throws(ConfigurationError) -> Value) -> Value? {
    do {
      return try body()
    } catch {
      problems += error.problems.map { .init(given.source, $0.message) }
      return nil
    }
  }

  // MARK: Sources

  private mutating func one(_ setting: Setting) -> Given? {
    guard let values = flags[setting], let value = values.last else { return variable(setting) }
    if values.count > 1 { problems.append(.init(setting.flag, "given \(values.count) times: give it once")) }
    return Given(text: value, source: setting.flag)
  }

  /// The values of a flag that may be repeated, or those in the variable, which `separators` stand between.
  private mutating func given(_ setting: Setting, separators: Set<Character>) -> [Given] {
    if let values = flags[setting], !values.isEmpty { return values.map { Given(text: $0, source: setting.flag) } }
    guard let variable = variable(setting) else { return [] }
    return variable.text.split { separators.contains($0) }.map {
      Given(text: String($0).trimmed, source: variable.source)
    }.filter { !$0.text.isEmpty }
  }

  /// The variable itself, or the content of the file that its `_FILE` twin names.
  private mutating func variable(_ setting: Setting) -> Given? {
    let name = setting.variable
    let file = environment[name + "_FILE"]
    if let text = environment[name] {
      if file != nil { problems.append(.init(name, "\(name)_FILE is set too: unset one of them")) }
      return Given(text: text, source: name)
    }
    guard let file else { return nil }
    guard let text = readFile(file)?.trimmed, !text.isEmpty else {
      // What is no absolute path may be the secret itself, in the wrong variable.
      let quoted = file.hasPrefix("/") ? file : "names a file that"
      problems.append(.init("\(name)_FILE", "\(quoted) cannot be read or is empty"))
      return nil
    }
    return Given(text: text, source: "\(name)_FILE")
  }
}

extension String {
  /// Without white space and line ends around it, which editors and `echo` leave in secrets' files.
  fileprivate var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
