import Foundation
import Glibc
import Testing

/// Passwords are in no response, no metric and no log line, whatever goes wrong.
@Suite(.timeLimit(.minutes(3)))
struct SecretsTests {
  @Test(arguments: ["text", "json"])
  func `no failure gives a password away`(format: String) throws {
    let scene = try FailureScene()
    defer { scene.stop() }
    let address = "127.0.0.1:\(try Scratch.port())"
    let vitals = try VitalsProcess(
      ["serve", "--listen", address, "--interval", "500ms", "--timeout", "300ms", "--drain", "100ms"]
        + ["--log-level", "trace", "--log-format", format] + scene.arguments)
    defer { vitals.kill() }
    let place = try #require(RawSocket.Address(address))
    try eventually(within: .seconds(20), "several runs of each check") {
      let text = try HTTPClient.get("/health/", at: place).text
      return !text.contains("\"reason\":\"pending\"") && text.contains("\"consecutiveFailures\":3")
    }

    var told: [String] = []
    let names = scene.cases.map { "/health/checks/\($0.name)" }
    for path in ["/health/", "/health/live", "/health/ready", "/health/container", "/", "/metrics"] + names {
      for type in ["application/json", "application/health+json", "text/plain", "text/html"] {
        told.append(try HTTPClient.get(path, at: place, headers: ["Accept": type]).text)
      }
    }
    told.append(
      try HTTPClient.get("/metrics", at: place, headers: ["Accept": "application/openmetrics-text;version=1.0.0"]).text)
    told.append(try VitalsProcess.run(["probe", "--path", "/health/", "http://\(address)"]).output)
    scene.stop()
    try eventually("the end of what worked") { try HTTPClient.get("/health/checks/pg-ok", at: place).status == 503 }
    vitals.signal(SIGTERM)
    #expect(vitals.wait() == .code(0))

    for text in told {
      // Who reads about health learns neither who logs in where, nor what the driver said.
      #expect(!text.contains("127.0.0.1:"), "an address")
      #expect(!text.contains("no-such-host"), "a host")
      #expect(!text.contains("atlantis"), "a database")
    }
    let log = vitals.errorOutput
    for secret in FailureScene.secrets {
      let leaks = told.filter { $0.contains(secret) }
      #expect(leaks.isEmpty, "'\(secret)' in a response")
      #expect(!log.contains(secret), "'\(secret)' in the log")
      // As a JSON string has it.
      #expect(!log.contains(secret.replacing("/", with: "\\/")), "'\(secret)' in the log")
    }

    // The log is there, and says of each failure what the matter was; once, however often the check ran.
    let lines = log.split(separator: "\n")
    for each in scene.cases where each.reason != nil {
      let field = format == "json" ? "\"check\":\"\(each.name)\"" : "check=\(each.name) "
      let reason = each.reason ?? ""
      let changes = lines.filter { $0.contains(field) && $0.contains(reason) }
      #expect(changes.count == 1, "\(each.name): \(changes)")
    }
    if format == "json" {
      for line in lines { #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) } }
    }
  }

  @Test(arguments: [
    "postgresql://app:grapefruit@db:port/app", "postgresql://app:grapefruit@db/app?sslmode=none",
    "postgresql://app:grapefruit@db/app?grapefruit=1", "host=db password=grapefruit colour=red",
    "host=db password='grapefruit", "postgresql://app:grape/fruit@db/grapefruit@db/app", "mysql://app:grapefruit@db",
    "grapefruit",
  ])
  func `a database URL that is refused is not quoted`(url: String) throws {
    try expectRefusal(["--database-url", url], [:])
    try expectRefusal([], ["DATABASE_URL": url])
    try expectRefusal(["--check", "db=\(url)"], [:])
  }

  @Test(arguments: [
    "redis://:grapefruit@cache:port", "rediss://:grapefruit@cache", "redis://:grapefruit@cache/database",
    "redis://:grape/fruit@grapefruit", "redis://cache?grapefruit", "redis://:grapefruit%zz@cache",
    "redis://:grapefruit@[::1", "grapefruit@cache", "http://user:grapefruit@cache/", "tcp://user:grapefruit@cache:1",
  ])
  func `a Redis URL that is refused is not quoted`(url: String) throws {
    try expectRefusal(["--redis-url", url], [:])
    try expectRefusal([], ["REDIS_URL": url])
    try expectRefusal(["--check", "cache=\(url)"], [:])
  }

  @Test func `a secret's file is read, and is not quoted where it is not usable`() throws {
    let directory = try Scratch.directory("secrets")
    defer { Scratch.remove(directory) }
    let server = try RedisServer(.init(password: "grapefruit"))
    defer { server.stop() }
    let good = "\(directory)/good"
    try "\(server.url())\n".write(toFile: good, atomically: false, encoding: .utf8)
    let vitals = try VitalsProcess(serve: [], environment: ["REDIS_URL_FILE": good])
    defer { vitals.kill() }
    try vitals.waitForHealth(200)
    #expect(!vitals.errorOutput.contains("grapefruit"))

    let bad = "\(directory)/bad"
    try "redis:/:grapefruit@\n".write(toFile: bad, atomically: false, encoding: .utf8)
    try expectRefusal([], ["REDIS_URL_FILE": bad])
  }

  private func expectRefusal(_ flags: [String], _ environment: [String: String]) throws {
    let (exit, output, errors) = try VitalsProcess.run(["serve", "--check-config"] + flags, environment: environment)
    #expect(exit == .code(64), "\(flags)")
    #expect(!(output + errors).contains("grape"), "\(errors)")
    let name = flags.first ?? environment.keys.first ?? ""
    #expect(errors.contains(name), "\(errors)")
  }
}
