import Foundation
import Testing

extension EngineTests {
  /// `vitals check` and the score of `vitals serve`, with real databases.
  @Suite(.timeLimit(.minutes(5)))
  struct OperatorCheckTests {
    private static let image = "vitals-check-test:1"

    @Test func `the score is the same wherever it is asked for, and says what it lacks`() throws {
      let engine = try DockerEngine(.init(name: "node1"))
      defer { engine.stop() }
      let (postgres, redis) = (try PostgresServer(), try RedisServer())
      defer { for stop in [postgres.stop, redis.stop] { stop() } }
      try engine.initializeSwarm()
      let stack = ["--label", "com.docker.stack.namespace=pilito"]
      try engine.createService("pilito_web", ["--replicas", "2"] + stack)
      try engine.createService("pilito_beat", stack)
      try engine.waitForRunning(2, of: "pilito_web")
      try engine.waitForRunning(1, of: "pilito_beat")
      let vitals = try VitalsProcess(
        serve: [
          "--docker-host", engine.host, "--interval", "200ms", "--refresh", "500ms", "--database-url", postgres.url(),
          "--redis-url", redis.url(), "--details", "authorized",
        ], environment: ["VITALS_TOKEN": "sesame"])
      defer { vitals.kill() }
      let bearer = ["Authorization": "Bearer sesame"]
      let url = ["--vitals-url", "http://\(vitals.address)"]

      // All is well, and the disk of this machine has room.
      let well = try eventually(within: .seconds(30), "a score of 100") {
        let score = try JSON(vitals.get("/health/score", headers: bearer).text)
        return score["score"] == 100 && score["checks"].count == 9 ? score : nil
      }
      #expect(well["band"] == "healthy")
      #expect(try vitals.get("/health/score").status == 401)
      // The numbers are there once every collector has been asked.
      try eventually(within: .seconds(20), "the score in the metrics") {
        let page = try vitals.get("/metrics", headers: bearer).text
        return page.contains("\nswarm_health_score 100\n") && page.contains("\nswarm_health_check{check=\"redis\"} 1\n")
      }
      let text = try check(engine, url)
      #expect(text.exit == .code(0), "\(text)")
      #expect(text.output.hasSuffix("\nScore 100 of 100: healthy\n"))
      #expect(text.output.contains(/ok    services +all replicas of 2 services run/))
      let stranger = try check(engine, url, token: nil)
      #expect(stranger.output.contains("answered 401: set VITALS_TOKEN"), "\(stranger)")
      #expect(stranger.output.contains("Score 95 of 100: healthy"))

      // A broken service, a broken database, a broken endpoint.
      redis.kill()
      try engine.docker(
        "service", "update", "--detach", "--no-resolve-image", "--constraint-add", "node.labels.rack==nowhere",
        "--update-order", "start-first", "pilito_web")
      try engine.createService(
        "pilito_crash", ["--restart-delay", "100ms"] + stack, command: ["sh", "-c", "sleep 0.2; exit 3"])
      let sick = try eventually(within: .seconds(60), every: .milliseconds(300), "deductions") {
        let answer = try check(engine, url + ["--format", "json", "--url", "site=http://127.0.0.1:1/"])
        let report = try JSON(answer.output)
        let texts = report["deductions"].elements.map { $0["text"].text }
        let isComplete =
          texts.contains { $0.contains("pilito_crash failed 3 times") }
          && texts.contains { $0.hasPrefix("redis is down") }
        guard isComplete else { throw TestbedError("\(answer)") }
        #expect(answer.exit == .code(2))
        return report
      }
      #expect(sick["band"] == "critical" && sick["stack"] == "pilito")
      let points = Dictionary(
        grouping: sick["deductions"].elements, by: { $0["component"].text }
      ).mapValues { $0.reduce(0) { $0 + $1["points"].number } }
      #expect(points["redis"] == 40 && points["endpoints"] == 20 && points["tasks"] == 15)
      #expect(sick["recentFailures"].elements.contains { $0["failure"]["exitCode"] == 3 })
      try eventually(within: .seconds(20), "the same deductions") {
        let told = try JSON(vitals.get("/health/score", headers: bearer).text)
        return told["deductions"].elements.contains { $0["text"].text.contains("pilito_crash failed 3 times") }
          && told["deductions"].elements.contains { $0["points"] == 40 && $0["component"] == "redis" }
      }
      #expect(try vitals.get("/", headers: bearer).text.contains("redis is down: connection refused"))

      // For CI.
      let junit = try check(engine, url + ["--format", "junit"])
      let script = """
        import sys, xml.etree.ElementTree as e
        suite = e.fromstring(sys.stdin.buffer.read()).find('testsuite')
        failed = [case.get('name') for case in suite if case.find('failure') is not None]
        print(suite.get('tests'), suite.get('failures'), len(suite.findall('testcase')), 'redis' in failed)
        """
      let parsed = try Subprocess.run(["python3", "-c", script], input: junit.output).split(separator: " ")
      #expect(parsed.count == 4 && parsed[0] == parsed[2] && parsed[3] == "True\n" && parsed[1] != "0", "\(parsed)")
    }

    @Test func `what vitals knows is asked of its container, and exit codes say what failed`() throws {
      let engine = try DockerEngine(.init(name: "node1"))
      defer { engine.stop() }
      let host = ["--docker-host", engine.host]
      let alone = try VitalsProcess.run(["check"] + host)
      #expect(alone.exit == .code(5) && alone.errorOutput.contains("docker swarm init"), "\(alone)")
      try engine.initializeSwarm()
      let nobody = try check(engine, [])
      #expect(nobody.exit == .code(0), "\(nobody)")
      #expect(nobody.output.contains("no container of the service vitals runs on this engine"))
      #expect(nobody.output.hasSuffix("Score 95 of 100: healthy\n"))

      // As in the image of the Dockerfile, where the program is /vitals.
      let programs = [VitalsProcess.binary] + (try ["sh", "ln"].map(Tool.path))
      try TestImage.load(programs, as: Self.image, into: engine)
      try engine.docker([
        "service", "create", "--detach", "--no-resolve-image", "--endpoint-mode", "dnsrr", "--name", "pilito_vitals",
        "--label", "com.docker.stack.namespace=pilito", "--container-label", "com.docker.stack.namespace=pilito",
        "--env", "VITALS_DETAILS=authorized", "--env", "VITALS_TOKEN=sesame", "--env", "VITALS_REFRESH=500ms",
        Self.image, "sh", "-c", "ln -s \(VitalsProcess.binary) /vitals; exec /vitals serve",
      ])
      try engine.waitForRunning(1, of: "pilito_vitals")
      try eventually(within: .seconds(20), every: .milliseconds(300), "an answer from the container") {
        let answer = try check(engine, [])
        guard answer.exit == .code(0), answer.output.contains(#/ok +disk /#), answer.output.contains("Score 100") else {
          throw TestbedError("\(answer)")
        }
        return true
      }

      for (arguments, code, text) in [
        (["--url", "site"], Int32(64), "--url site: not NAME="),
        (["--url", "a=https://x/"], 64, "https is not supported"),
        (["--stack", "pilitoo"], 64, "Did you mean pilito?"),
        (["--docker-host", "unix:///nowhere.sock"], 5, "no engine"),
      ] {
        let answer = try VitalsProcess.run(["check"] + (arguments[0] == "--docker-host" ? [] : host) + arguments)
        #expect(answer.exit == .code(code) && answer.errorOutput.contains(text), "\(answer)")
      }
      let drained = try VitalsProcess.run(["drain", "node1", "--format", "junit"] + host)
      #expect(drained.exit == .code(64))
    }

    private func check(
      _ engine: DockerEngine, _ arguments: [String], token: String? = "sesame"
    ) throws -> Operator.Answer {
      try Operator(engine)(["check"] + arguments, environment: token.map { ["VITALS_TOKEN": $0] } ?? [:])
    }
  }
}
