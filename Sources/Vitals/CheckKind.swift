import EventLoop
public import Health
import Postgres
import Redis

/// The checks that come with the service, by what they speak.
public enum CheckKind: Sendable {
  case postgres, redis, http, tcp

  /// By a URL's scheme; nil for a scheme that none of them speaks.
  init?(scheme: some StringProtocol) {
    switch scheme.lowercased() {
    case "postgres", "postgresql": self = .postgres
    case "redis", "rediss", "unix", "redis+unix", "redis+socket": self = .redis
    case "http", "https": self = .http
    case "tcp": self = .tcp
    default: return nil
    }
  }
}

extension CheckDefinition {
  /// A check of one of the kinds that come with the service, by the URL of what it checks.
  ///
  /// - Throws: one problem, which does not quote the URL's secrets.
  public init(_ name: String, kind: CheckKind, url: String, policy: CheckPolicy = CheckPolicy())
    throws(ConfigurationError)
  {
    func problem(_ message: some CustomStringConvertible) -> ConfigurationError {
      ConfigurationError([.init("check \(name)", message.description)])
    }
    switch kind {
    case .postgres:
      let target: ConnectionString
      do { target = try ConnectionString(url) } catch { throw problem(error) }
      self.init(name, policy: policy, server: .postgres(target)) { loop in
        PostgresCheck(Postgres.Connector(target, on: loop, resolver: Resolver(on: loop)))
      }
    case .redis:
      let target: RedisURL
      do { target = try RedisURL(url) } catch { throw problem(error) }
      self.init(name, policy: policy, server: .redis(target)) { loop in
        RedisCheck(Redis.Connector(target, on: loop, resolver: Resolver(on: loop)))
      }
    case .http:
      let target: HTTPCheck.Target
      do { target = try HTTPCheck.Target(url) } catch { throw problem(error) }
      self.init(name, policy: policy) { loop in HTTPCheck(target, on: loop) }
    case .tcp:
      let target: TCPCheck.Target
      do { target = try TCPCheck.Target(url) } catch { throw problem(error) }
      self.init(name, policy: policy) { loop in TCPCheck(target, on: loop) }
    }
  }

  /// A check as `--check` takes it: `NAME=URL[,critical=false][,interval=10s][,timeout=1s][,failures=5]`.
  ///
  /// Options are taken from the end, so that a comma in the URL (several PostgreSQL hosts) stays there.
  ///
  /// What stands where a name belongs is quoted only if it looks like one in front of a URL: it may be a URL whose name
  /// was forgotten, or a piece of one that was cut at a delimiter in its password.
  init(argument: String, policy: CheckPolicy) throws(ConfigurationError) {
    func problem(_ message: String) -> ConfigurationError { ConfigurationError([.init("--check", message)]) }
    let usage = "not NAME=URL[,critical=false,interval=10s,timeout=1s,failures=5]"
    guard let equals = argument.firstIndex(of: "=") else { throw problem(usage) }
    let name = String(argument[..<equals])
    var url = argument[argument.index(after: equals)...]
    guard url.contains("://") else { throw problem(usage) }
    guard CheckDefinition.isName(name) else { throw problem(CheckDefinition.nameRule) }
    var policy = policy
    while let comma = url.lastIndex(of: ","), let option = PolicyOption(url[url.index(after: comma)...]) {
      guard option.apply(to: &policy) else { throw problem("\(name): \(option.name) takes \(option.usage)") }
      url = url[..<comma]
    }
    guard let colon = url.firstIndex(of: ":"), let kind = CheckKind(scheme: url[..<colon]) else {
      throw problem("\(name): the URL starts with none of postgresql: redis: http: tcp:")
    }
    do {
      try self.init(name, kind: kind, url: String(url), policy: policy)
    } catch {
      throw ConfigurationError(error.problems.map { .init($0.setting, "\(name): \($0.message)") })
    }
  }
}

/// One of the options behind a check's URL.
private struct PolicyOption {
  let name: Substring
  let value: Substring

  /// Nil where `text` is none, and so belongs to the URL.
  init?(_ text: Substring) {
    guard let equals = text.firstIndex(of: "=") else { return nil }
    name = text[..<equals]
    value = text[text.index(after: equals)...]
    guard ["critical", "interval", "timeout", "failures"].contains(name) else { return nil }
  }

  /// What a value looks like; this one is not quoted, as it may be the end of a URL with a password.
  var usage: String {
    switch name {
    case "critical": "true or false"
    case "failures": "a whole number"
    default: "a duration, as 500ms, 5s or 1m30s"
    }
  }

  /// False where the value is not one.
  func apply(to policy: inout CheckPolicy) -> Bool {
    switch name {
    case "critical":
      guard let critical = Bool(String(value)) else { return false }
      policy.critical = critical
    case "failures":
      guard let failures = Int(value) else { return false }
      policy.failures = failures
    default:
      guard let duration = DurationText.parse(String(value)) else { return false }
      if name == "interval" { policy.interval = duration } else { policy.timeout = duration }
    }
    return true
  }
}
