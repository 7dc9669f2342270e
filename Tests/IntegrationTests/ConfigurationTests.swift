import Foundation
import Testing

/// The configuration of `vitals serve` as the process sees it: flags, variables, files, and what is said of them.
@Suite(.timeLimit(.minutes(2)))
struct ConfigurationTests {
  @Test func `every problem is told at once, by name, with code 64`() throws {
    let result = try serve(
      [
        "--listen", "nowhere", "--listen", "web:80", "--database-url", "mysql://db", "--redis-url", "http://cache",
        "--interval", "5", "--timeout", "1ms", "--failures", "0", "--max-connections", "many", "--drain", "2h",
        "--log-level", "loud", "--log-format", "xml", "--check", "api", "--check", "api=ftp://x",
        "--check", "Api=tcp://x:1", "--check", "web=https://x", "--check", "mail=tcp://mail",
        "--check", "cache=rediss://c", "--check", "a=tcp://h:1", "--check", "a=tcp://h:2",
        "--check", "b=tcp://h:1,interval=never",
      ])
    let problems = result.errorOutput.split(separator: "\n").map(String.init)
    let expected = [
      "--listen: not an address", "--listen: web is not an IP address", "--database-url: ", "--redis-url: ",
      "--interval: 5 is no duration", "--timeout: 1ms is out of range", "--failures: 0 is not a whole number",
      "--max-connections: many is not", "--drain: 2h is out of range", "--log-level: loud", "--log-format: xml",
      "--check: not NAME=URL", "--check: api: the URL starts with none", "--check: ", "--check: web: https",
      "--check: mail: ", "--check: cache: rediss:// needs TLS", "check a: the name is taken", "--check: b: interval",
    ]
    for text in expected {
      #expect(problems.contains { $0.hasPrefix("vitals serve: \(text)") }, "\(text) in \(problems)")
    }
    #expect(problems.count == expected.count, "\(problems)")
  }

  @Test(arguments: [
    (["--redis-url", "rediss://cache:6379"], "rediss:// needs TLS"),
    (["--check", "api=https://api.example/"], "https is not supported"),
    (["--database-url", "postgresql://h/db?sslmode=always"], "sslmode"),
    (["--database-url", "postgresql://h:port/db"], "port"),
    (["--redis-url", "redis://h/seven"], "database"),
    (["--redis-url", "redis://h?color=red"], "color"),
    (["--redis-url", "redis://h", "--check", "redis=redis://h"], "check redis: the name is taken"),
    (["--listen", "unix:/\(String(repeating: "x", count: 110))"], "107"),
  ])
  func `what is not supported is refused clearly`(arguments: [String], text: String) throws {
    let result = try serve(arguments)
    #expect(result.errorOutput.contains(text), "\(result.errorOutput)")
    #expect(result.errorOutput.split(separator: "\n").count == 1)
  }

  @Test(arguments: [["--nonsense"], ["--interval"], ["surplus"], ["--check-config", "--listen", "x"]])
  func `a wrong flag is code 64`(arguments: [String]) throws {
    #expect(!(try serve(arguments)).errorOutput.isEmpty)
  }

  @Test func `--check-config validates and ends`() throws {
    let arguments = ["serve", "--check-config", "--listen", "192.0.2.1:1", "--redis-url", "redis://nowhere.invalid"]
    let result = try VitalsProcess.run(
      arguments, environment: ["VITALS_CHECKS": "a=tcp://h:1;b=http://h/\nc=tcp://h:2"])
    #expect(result.exit == .code(0))
    #expect(result.output == "configuration is valid: 4 checks\n")
    #expect(result.errorOutput.isEmpty)
  }

  @Test func `a flag wins over its variable, and a variable's problem does not count then`() throws {
    let bad = [
      "VITALS_LISTEN": "nowhere", "REDIS_URL": "ftp://x", "VITALS_INTERVAL": "x", "VITALS_DRAIN": "x",
      "VITALS_CHECKS": "x", "VITALS_LOG_LEVEL": "x", "VITALS_MAX_CONNECTIONS": "x",
    ]
    #expect(try serve([], bad).errorOutput.split(separator: "\n").count == bad.count)
    let good = [
      "--listen", "127.0.0.1:0", "--redis-url", "redis://h", "--interval", "1s", "--drain", "0s", "--check",
      "a=tcp://h:1", "--log-level", "info", "--max-connections", "9",
    ]
    #expect(try VitalsProcess.run(["serve", "--check-config"] + good, environment: bad).exit == .code(0))
  }

  @Test func `a service takes all of its settings from variables and files`() throws {
    let redis = try SharedServices.healthy.get().redis
    let directory = try Scratch.directory("secrets")
    defer { Scratch.remove(directory) }
    let path = "\(directory)/redis_url"
    try "\(redis.url())\n".write(toFile: path, atomically: false, encoding: .utf8)
    let environment = [
      "VITALS_LISTEN": "127.0.0.1:0,unix:\(directory)/s", "REDIS_URL_FILE": path, "VITALS_INTERVAL": "200ms",
      "VITALS_CHECKS": "nobody=tcp://127.0.0.1:\(try Scratch.port()),critical=false;", "VITALS_DRAIN": "0s",
      "VITALS_LOG_FORMAT": "json", "DATABASE_URL": "", "VITALS_TIMEOUT": "100ms",
    ]
    let service = try VitalsProcess(["serve"], environment: environment)
    defer { service.kill() }
    let address = RawSocket.Address.unix("\(directory)/s")
    try eventually("health") {
      let body = try HTTPClient.get("/health/", at: address).json()
      let checks = body["checks"] as? [String: Any]
      return body["status"] as? String == "warn" && checks?["redis:responseTime"] != nil
        && checks?["nobody:responseTime"] != nil && checks?.count == 3
    }
    // The shortest interval, in whole seconds, is when to ask again.
    #expect(try HTTPClient.get("/health/checks/nobody", at: address)["retry-after"] == "1")
    for line in service.errorOutput.split(separator: "\n") {
      #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any], "\(line)")
    }
    service.signal(SIGTERM)
    #expect(service.wait() == .code(0))
  }

  @Test func `a variable and its file are one too many, and a file must be there`() throws {
    let directory = try Scratch.directory("files")
    defer { Scratch.remove(directory) }
    try " \n".write(toFile: "\(directory)/empty", atomically: false, encoding: .utf8)
    try "redis://h".write(toFile: "\(directory)/url", atomically: false, encoding: .utf8)
    let both = try serve([], ["REDIS_URL": "redis://h", "REDIS_URL_FILE": "\(directory)/url"])
    #expect(both.errorOutput == "vitals serve: REDIS_URL: REDIS_URL_FILE is set too: unset one of them\n")
    for file in ["\(directory)/none", "\(directory)/empty", directory] {
      let result = try serve([], ["REDIS_URL_FILE": file])
      #expect(result.errorOutput == "vitals serve: REDIS_URL_FILE: \(file) cannot be read or is empty\n")
    }
    let given = ["serve", "--check-config", "--redis-url", "redis://h"]
    #expect(try VitalsProcess.run(given, environment: ["REDIS_URL_FILE": "/nonexistent"]).exit == .code(0))
  }

  // MARK: Secrets

  private static let marker = "hunterz"

  @Test(arguments: [
    ["--redis-url", "redis://app:\(marker)@h:x"], ["--redis-url=\(marker)://app:\(marker)@h"],
    ["--database-url", "postgresql://app:\(marker)@h:x/db"], ["--database-url", "host=h password=\(marker) port=x"],
    ["--check", "redis://app:\(marker)=@h"], ["--check", "a=redis://app:,timeout=\(marker)@h"],
    ["--check", "a=http://app:\(marker)@h/"], ["--docker-host", "tcp://app:\(marker)@h:x"],
  ])
  func `no password is printed when a flag is refused`(arguments: [String]) throws {
    #expect(try !serve(arguments).errorOutput.contains(Self.marker))
    // The same in the variable, and in its file's place.
    let flag = String(arguments[0].prefix { $0 != "=" }.dropFirst(2))
    let value = arguments.count > 1 ? arguments[1] : String(arguments[0].drop { $0 != "=" }.dropFirst())
    let variable = flag == "check" ? "VITALS_CHECKS" : flag.uppercased().replacing("-", with: "_")
    #expect(try !serve([], [variable: value]).errorOutput.contains(Self.marker))
    #expect(try !serve([], [variable + "_FILE": value]).errorOutput.contains(Self.marker))
  }

  @Test func `no part of a password is in a log, a response or a metric`() throws {
    let nobody = try Scratch.port()
    let urls = [
      "--redis-url", "redis://app:\(Self.marker)@127.0.0.1:\(nobody)/0?password=\(Self.marker)", "--database-url",
      "postgresql://app:\(Self.marker)@127.0.0.1:\(nobody)/app?sslpassword=\(Self.marker)", "--check",
      "other=redis://\(Self.marker)@127.0.0.1:\(nobody)",
      "--check", "more=host=127.0.0.1".replacing("host=", with: "postgresql://app:\(Self.marker)@"),
    ]
    let service = try VitalsProcess(serve: urls + ["--log-level", "trace", "--drain", "0s"])
    defer { service.kill() }
    try eventually("results") { try !service.get("/health/").text.contains("pending") }
    for path in ["/", "/health/", "/metrics", "/readyz", "/health/checks/other", "/health/checks/redis", "/nowhere"] {
      for accept in ["application/json", "text/plain", "text/html"] {
        #expect(try !service.get(path, headers: ["Accept": accept]).text.contains(Self.marker))
      }
    }
    service.signal(SIGTERM)
    #expect(service.wait() == .code(0))
    #expect(service.errorOutput.contains("refused"))
    #expect(!service.errorOutput.contains(Self.marker))
    #expect(service.output.isEmpty)
  }

  /// Starts a service that must refuse its configuration.
  private func serve(
    _ arguments: [String], _ environment: [String: String] = [:]
  ) throws -> (output: String, errorOutput: String) {
    let result = try VitalsProcess.run(["serve"] + arguments, environment: environment)
    #expect(result.exit == .code(64), "\(result.errorOutput)")
    #expect(result.output.isEmpty)
    return (result.output, result.errorOutput)
  }
}
