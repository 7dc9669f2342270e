import Foundation
import Glibc
import Testing

/// Passwords are in no response, no metric and no log line, whatever goes wrong.
@Suite(.timeLimit(.minutes(10)))
struct SecretsTests {
  /// The text log of such a service is looked through by `FailureReasonTests`.
  @Test func `no failure gives a password away`() throws {
    let scene = try FailureScene()
    defer { scene.stop() }
    let address = "127.0.0.1:\(try Scratch.port())"
    let vitals = try VitalsProcess(
      ["serve", "--listen", address, "--drain", "100ms"]
        + ["--log-level", "trace", "--log-format", "json"] + scene.arguments)
    defer { vitals.kill() }
    let place = try #require(RawSocket.Address(address))
    try eventually(within: .seconds(30), "several runs of each check") {
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
    let open = ["Accept": "application/openmetrics-text;version=1.0.0"]
    told.append(try HTTPClient.get("/metrics", at: place, headers: open).text)
    told.append(try VitalsProcess.run(["probe", "--path", "/health/", "http://\(address)"]).output)
    scene.stop()
    try eventually("the end of what worked: \(vitals.exit as Any)") {
      try HTTPClient.get("/health/checks/pg-ok", at: place).status == 503
    }
    vitals.signal(SIGTERM)
    #expect(vitals.wait() == .code(0))

    for text in told {
      // Who reads about health learns neither who logs in where, nor what the driver said.
      // The label that tells several servers of a kind apart is meant to be there.
      let rest = text.replacing(/,?server="[^"]*"/, with: "")
      for place in ["127.0.0.1:", "no-such-host", "atlantis", "nonexistent"] { #expect(!rest.contains(place)) }
      expectNoSecrets(in: text)
    }
    let log = vitals.errorOutput
    expectNoSecrets(in: log)
    for line in log.split(separator: "\n") {
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    }
    // The log is there, and explains each failure.
    for each in scene.cases where each.reason != nil {
      #expect(log.contains("\"check\":\"\(each.name)\""), "\(each.name)")
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
    "redis://:grape/fruit@grapefruit", "redis://:grapefruit%zz@cache",
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

/// Looks for the scene's passwords, in every form that they are written in.
func expectNoSecrets(in text: String, sourceLocation: SourceLocation = #_sourceLocation) {
  for secret in FailureScene.secrets {
    // As a JSON string may have it.
    for form in [secret, secret.replacing("/", with: "\\/")] {
      #expect(!text.contains(form), "a secret", sourceLocation: sourceLocation)
    }
  }
}
