import Health
import Logging
import Testing

@testable import Vitals

@Suite struct ConfigurationReaderTests {
  private func read(
    _ flags: [Setting: [String]] = [:], _ environment: [String: String] = [:], files: [String: String] = [:]
  ) throws(ConfigurationError) -> ConfigurationReader.Outcome {
    var reader = ConfigurationReader(flags: flags, environment: environment) { files[$0] }
    return try reader.read()
  }

  private func problems(
    _ flags: [Setting: [String]] = [:], _ environment: [String: String] = [:], files: [String: String] = [:]
  ) -> [String] {
    do {
      _ = try read(flags, environment, files: files)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test func `nothing given means the defaults`() throws {
    let outcome = try read()
    #expect(outcome.configuration.listen.isEmpty)
    #expect(outcome.configuration.checks.isEmpty)
    #expect(outcome.configuration.refresh == nil)
    #expect(outcome.configuration.drain == .seconds(5))
    #expect(outcome.configuration.maximumConnections == 10_000)
    #expect(outcome.logLevel == .info)
    #expect(!outcome.logsJSON)
  }

  @Test func `the two databases come first, each with the common policy`() throws {
    let outcome = try read([
      .databaseURL: ["postgresql://db/app"], .redisURL: ["redis://cache"], .interval: ["10s"], .timeout: ["1s"],
      .failures: ["5"], .check: ["api=http://web/", "smtp=tcp://mail:25"],
    ])
    #expect(outcome.configuration.checks.map(\.name) == ["postgresql", "redis", "api", "smtp"])
    for check in outcome.configuration.checks {
      #expect(check.policy == CheckPolicy(interval: .seconds(10), timeout: .seconds(1), failures: 5))
      #expect(check.policy.critical)
    }
  }

  @Test func `a check has options of its own, taken from its end`() throws {
    let outcome = try read([
      .check: [
        "a=tcp://h:1,critical=false,interval=1s,timeout=50ms,failures=9", "b=postgresql://h1,h2/db,critical=true",
        "c=http://h/x,y=1,timeout=1s",
      ]
    ])
    let policies = outcome.configuration.checks.map(\.policy)
    var first = CheckPolicy(interval: .seconds(1), timeout: .milliseconds(50), failures: 9)
    first.critical = false
    #expect(policies[0] == first)
    #expect(policies[1].critical)
    #expect(policies[2].timeout == .seconds(1))
  }

  @Test(arguments: [
    ("a=tcp://h:1,critical=no", "--check: a: critical takes true or false"),
    ("a=tcp://h:1,interval=5", "--check: a: interval takes a duration"),
    ("a=tcp://h:1,timeout=secret", "--check: a: timeout takes a duration"),
    ("a=tcp://h:1,failures=x", "--check: a: failures takes a whole number"),
    ("a=tcp://h:1,failures=0", "check a: failures must be at least 1"),
    ("a=tcp://h:1,interval=99ms", "check a: interval must be at least 100ms"),
    ("a=tcp://h:1,timeout=9ms", "check a: timeout must be at least 10ms"),
    ("a", "--check: not NAME=URL"), ("", "--check: not NAME=URL"),
    ("=tcp://h:1", "--check: a name has 1 to 63"), ("A=tcp://h:1", "--check: a name has 1 to 63"),
    ("a b=tcp://h:1", "--check: a name has 1 to 63"), ("a/b=tcp://h:1", "--check: a name has 1 to 63"),
    ("\(String(repeating: "x", count: 64))=tcp://h:1", "--check: a name has 1 to 63"),
    ("postgresql://app:secret@db/app?sslmode=disable", "--check: not NAME=URL"),
    ("redis://secret@h/?x=redis://h", "--check: a name has 1 to 63"),
    ("secret=h:1", "--check: not NAME=URL"), ("secret=", "--check: not NAME=URL"),
    ("a=ftp://h", "--check: a: the URL starts with none of"), ("a=://", "--check: a: the URL starts with none of"),
    ("a=tcp://h", "--check: a: "), ("a=tcp://h:0", "--check: a: the port"),
    ("a=tcp://:1", "--check: a: the URL names no host"),
    ("a=https://h", "--check: a: https is not supported"), ("a=rediss://h", "--check: a: rediss:// needs TLS"),
    ("a=http://u:secret@h/", "--check: a: a user and password are not supported"),
  ])
  func `what is wrong with a check is said, without its secrets`(argument: String, problem: String) {
    let found = problems([.check: [argument]])
    #expect(found.count == 1 && found[0].hasPrefix(problem), "\(found)")
    #expect(!found.joined().contains("secret"))
  }

  @Test(
    arguments: [
      (.collect, "swarms", "--collect: swarms is nothing to collect: use some of swarm, containers, filesystem, "),
      (.statements, "501", "--statements: 501 is not a whole number from 0 to 500"),
      (.celeryBrokerURL, "amqp://u:secret@h", "--celery-broker-url: "), (.statsd, "h:8125", "--statsd: h is not an IP"),
      (.filesystem, "srv", "--filesystem: srv is not an absolute path"),
      (.details, "never", "--details: never is not one of the choices: use always or authorized"),
      (.details, "authorized", "--details: authorized needs a token: set VITALS_TOKEN_FILE or VITALS_TOKEN"),
    ] as [(Setting, String, String)])
  func `what is wrong with a setting of metrics is said`(setting: Setting, value: String, problem: String) {
    let found = problems([setting: [value]])
    #expect(found.count == 1 && found[0].hasPrefix(problem), "\(found)")
    #expect(!found.joined().contains("secret"))
  }

  @Test func `Celery's settings and the choice of collectors`() throws {
    let configuration = try read(
      [
        .celeryBrokerURL: ["redis://h/2"], .celeryQueue: ["a", "b"], .celeryKeyPrefix: ["p:"],
        .collect: ["celery", "statsd"], .statsd: [":8125", "unix:/s"], .details: ["authorized"], .token: ["t"],
        .refresh: ["1m"],
      ], [:]
    ).configuration
    #expect(configuration.celery?.queues == ["a", "b"])
    #expect(configuration.celery?.keyPrefix == "p:")
    #expect(configuration.refresh == .seconds(60))
    #expect(configuration.collect == [.celery, .statsd])
    #expect(configuration.statsd.map(\.description) == ["[::]:8125", "unix:/s"])
    #expect(configuration.details == .authorized)
    #expect(configuration.token == "t")
  }

  @Test func `flags win over variables, and variables over nothing`() throws {
    let environment = [
      "VITALS_LISTEN": "127.0.0.1:1, [::1]:2", "VITALS_DRAIN": "1s", "VITALS_MAX_CONNECTIONS": "7",
      "VITALS_LOG_LEVEL": "DEBUG", "VITALS_LOG_FORMAT": "json", "VITALS_CHECKS": " a=tcp://h:1 ;\n; b=tcp://h:2;",
      "VITALS_INTERVAL": "1s", "REDIS_URL": "redis://h", "DATABASE_URL": "",
    ]
    let fromVariables = try read([:], environment)
    #expect(fromVariables.configuration.listen.map(\.description) == ["127.0.0.1:1", "[::1]:2"])
    #expect(fromVariables.configuration.drain == .seconds(1))
    #expect(fromVariables.configuration.maximumConnections == 7)
    #expect(fromVariables.configuration.checks.map(\.name) == ["redis", "a", "b"])
    #expect(fromVariables.configuration.checks[0].policy.interval == .seconds(1))
    #expect(fromVariables.logLevel == .debug)
    #expect(fromVariables.logsJSON)

    let fromFlags = try read(
      [.listen: ["0.0.0.0:3"], .drain: ["2s"], .check: ["c=tcp://h:1"], .logFormat: ["text"], .interval: ["9s"]],
      environment)
    #expect(fromFlags.configuration.listen.map(\.description) == ["0.0.0.0:3"])
    #expect(fromFlags.configuration.drain == .seconds(2))
    #expect(fromFlags.configuration.checks.map(\.name) == ["redis", "c"])
    #expect(fromFlags.configuration.checks[0].policy.interval == .seconds(9))
    #expect(!fromFlags.logsJSON)
  }

  @Test(arguments: Setting.allCases) func `each variable has a twin that names a file`(setting: Setting) throws {
    let values: [Setting: String] = [
      .listen: "127.0.0.1:1", .databaseURL: "postgresql://h", .redisURL: "redis://h", .check: "a=tcp://h:1",
      .dockerHost: "unix:///d", .nodeLabel: "zone", .interval: "1s", .timeout: "1s", .failures: "1", .drain: "1s",
      .maximumConnections: "1",
      .logLevel: "info", .logFormat: "text", .collect: "swarm", .statements: "5",
      .celeryBrokerURL: "redis://h/1", .celeryQueue: "mail", .celeryKeyPrefix: "pilito:", .statsd: ":8125",
      .filesystem: "/srv", .details: "always", .token: "t", .refresh: "1s",
    ]
    let value = try #require(values[setting])
    let file = setting.variable + "_FILE"
    #expect(problems([:], [file: "/f"], files: ["/f": "\n \(value)\r\n"]).isEmpty)
    #expect(problems([:], [file: "/f"]) == ["\(file): /f cannot be read or is empty"])
    #expect(problems([:], [file: "/f"], files: ["/f": " \n"]) == ["\(file): /f cannot be read or is empty"])
    // A value where a path belongs may be a secret.
    #expect(problems([:], [file: "redis://:secret@h"]) == ["\(file): names a file that cannot be read or is empty"])
    #expect(
      problems([:], [setting.variable: value, file: "/f"], files: ["/f": value])
        == ["\(setting.variable): \(file) is set too: unset one of them"])
    #expect(problems([:], [setting.variable: "", file: "/f"], files: ["/f": value]).isEmpty)
    // A flag makes both of no account.
    #expect(problems([setting: [value]], [setting.variable: "?", file: "/none"]).isEmpty)
  }

  @Test(
    arguments: [
      (.interval, "99ms"), (.interval, "3601s"), (.timeout, "9ms"), (.timeout, "0s"), (.failures, "0"),
      (.failures, "-1"),
      (.failures, "1001"), (.failures, "1.5"), (.drain, "3601s"), (.drain, "-1s"), (.maximumConnections, "0"),
      (.maximumConnections, "1000001"), (.refresh, "99ms"), (.refresh, "3601s"), (.logLevel, "verbose"),
      (.logFormat, "xml"),
    ] as [(Setting, String)])
  func `a value out of its range is told by the name of its flag or variable`(setting: Setting, value: String) {
    let byFlag = problems([setting: [value]])
    #expect(byFlag.count == 1 && byFlag[0].hasPrefix("\(setting.flag): \(value) is "), "\(byFlag)")
    let byVariable = problems([:], [setting.variable: value])
    #expect(byVariable.count == 1 && byVariable[0].hasPrefix("\(setting.variable): \(value) is "), "\(byVariable)")
    let byFile = problems([:], [setting.variable + "_FILE": "/f"], files: ["/f": value])
    #expect(byFile.count == 1 && byFile[0].hasPrefix("\(setting.variable)_FILE: \(value) is "), "\(byFile)")
  }

  @Test func `every problem is told at once`() {
    let found = problems(
      [.listen: ["x", "127.0.0.1:1", "y"], .drain: ["x"], .redisURL: ["x"]],
      ["VITALS_INTERVAL": "x", "DATABASE_URL_FILE": "/none", "VITALS_CHECKS": "a=x;b"])
    #expect(
      found.map { String($0.prefix { $0 != ":" }) } == [
        "--listen", "--listen", "VITALS_INTERVAL", "DATABASE_URL_FILE", "--redis-url", "VITALS_CHECKS", "VITALS_CHECKS",
        "--drain",
      ])
  }

  @Test(arguments: ["swarm", "containers", "filesystem", "celery", "statsd"])
  func `a server that has metrics is not named as a collector is`(name: String) {
    for url in ["redis://h", "postgresql://h"] {
      let problem = "check \(name): a collector has this name, and the server's would have it too"
      #expect(problems([.check: ["\(name)=\(url)"]]) == [problem])
    }
    #expect(problems([.check: ["\(name)=tcp://h:1"]]).isEmpty)
    #expect(problems([.check: ["postgresql=redis://h", "redis=postgresql://h"]]).isEmpty)
  }

  @Test func `a name is taken once`() {
    #expect(
      problems([.redisURL: ["redis://h"], .check: ["redis=redis://h", "a=tcp://h:1", "a=tcp://h:1", "a=tcp://h:1"]])
        == [
          "check redis: the name is taken: give each check its own",
          "check a: the name is taken: give each check its own",
          "check a: the name is taken: give each check its own",
        ])
  }
}
