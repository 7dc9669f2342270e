import Foundation
import Glibc
import Testing

extension EngineTests {
  /// `vitals run`, `cleanup` and `down` in a swarm of one engine, in this order.
  @Suite(.timeLimit(.minutes(4)))
  struct OperatorStackTests {
    @Test func `commands run in a service's surroundings, what nobody needs goes, and a stack goes alone`() async throws
    {
      try await onThread {
        let engine = try DockerEngine()
        defer { engine.stop() }
        try engine.initializeSwarm()
        let vitals = try Operator(engine)
        try Self.makeStack(engine)
        try Self.run(vitals, engine)
        try Self.cleanUp(vitals, engine)
        try Self.bringDown(vitals, engine)
      }
    }

    private static func label(_ stack: String) -> [String] { ["--label", "com.docker.stack.namespace=\(stack)"] }

    /// Images shop:1 to shop:4, the last of which has lost its name, and a service that was updated from 1 to 2.
    private static func makeStack(_ engine: DockerEngine) throws {
      let container = try engine.docker("create", "--name", "base", TestImage.name)
      for tag in ["1", "2", "3", "4"] {
        try engine.docker("commit", "--change", "LABEL version=\(tag)", container, "shop:\(tag)")
      }
      try engine.docker("tag", "shop:3", "shop:latest")
      try engine.docker("tag", "shop:1", "shop:4")
      try engine.docker(
        ["network", "create", "--driver", "overlay", "--attachable"] + label("shop") + ["shop_default"])
      try engine.docker("network", "create", "--driver", "overlay", "common")
      for (name, stack) in [
        ("shop_conf-0123456789ab", "shop"), ("shop_conf-0123456789ac", "shop"), ("news_conf", "news"),
      ] {
        try engine.docker(["config", "create"] + label(stack) + [name, "-"], input: "x")
      }
      try engine.docker(["secret", "create"] + label("shop") + ["shop_key", "-"], input: "key-contents")
      try engine.docker(["secret", "create", "external_key", "-"], input: "y")
      try engine.docker("volume", "create", "shop_data")
      try engine.docker("volume", "create", "old_data")
      let options = [
        "--network", "shop_default", "--network", "common", "--config", "shop_conf-0123456789ab", "--secret",
        "shop_key",
        "--secret", "external_key", "--env", "COLOR=blue", "--user", "1234", "--stop-grace-period", "3s",
        "--stop-signal", "TERM",
      ]
      try engine.createService("shop_web", label("shop") + options + ["--replicas", "2"], image: "shop:1")
      let stop = ["--stop-grace-period", "1s", "--mode"]
      try engine.createService("shop_job", label("shop") + stop + ["replicated-job", "--network", "shop_default"])
      try engine.createService("shop_jobs", label("shop") + stop + ["global-job"])
      try engine.createService("news_web", label("news") + ["--config", "news_conf"])
      try engine.waitForRunning(2, of: "shop_web")
      try engine.docker("service", "update", "--detach", "--no-resolve-image", "--image", "shop:2", "shop_web")
      try eventually(within: .seconds(40), every: .milliseconds(200), "the update") {
        try engine.docker("service", "inspect", "shop_web", "--format", "{{.UpdateStatus.State}}") == "completed"
      }
    }

    private static func run(_ vitals: Operator, _ engine: DockerEngine) throws {
      let script = "echo $COLOR; id -u; cat /run/secrets/shop_key; echo; echo problem >&2; exit 7"
      let answer = try vitals("run", "--stack", "shop", "web", "--", "sh", "-c", script)
      #expect(answer.exit == .code(7))
      #expect(answer.output == "blue\n1234\nkey-contents\n")
      #expect(answer.errorOutput.contains("problem\n"))
      #expect(answer.errorOutput.hasSuffix("the command ended with exit code 7\n"))
      let json = try vitals("run", "shop_web", "--format", "json", "--", "echo", "hello")
      #expect(json.output.hasPrefix(#"{"line":"hello","stream":"stdout"}"#))
      #expect(json.json["exitCode"] == 0)

      let many = try vitals(
        "run", "shop_web", "--", "sh", "-c", "i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo $i; done")
      #expect(many.output.split(separator: "\n").map(String.init) == (1...5000).map { "\($0)" })
      let strange = try vitals("run", "shop_web", "--", "no-such-program")
      #expect(strange.exit == .code(127))
      #expect(strange.errorOutput.contains("no-such-program"))
      let unknown = try vitals("run", "shop_wbe", "--", "id")
      #expect(unknown.exit == .code(1))
      #expect(unknown.errorOutput.contains("there is no service shop_wbe\nDid you mean shop_web?"))
      #expect(try vitals("run", "shop_web").exit == .code(64))
      let late = try vitals("run", "shop_web", "--timeout", "3s", "--", "sleep", "600")
      #expect(late.exit == .code(4))

      let interrupted = try vitals.start(["run", "shop_web", "--", "sh", "-c", "echo started; sleep 600"])
      defer { interrupted.kill() }
      try eventually(within: .seconds(20), "output of the job") { interrupted.output == "started\n" }
      interrupted.signal(SIGINT)
      #expect(interrupted.wait() == .code(130))
      // Every job was removed, however it ended.
      #expect(try engine.docker("service", "ls", "--format", "{{.Name}}", "--filter", "label=vitals.run").isEmpty)
      // An engine lets the command run on when its job is removed.
      #expect(try engine.docker("ps", "-q", "--filter", "name=shop_web-run").isEmpty)
      let log = try String(contentsOfFile: vitals.auditLog, encoding: .utf8)
      #expect(log.contains(#""action":"run shop_web -- sh""#) && !log.contains("COLOR"))
    }

    private static func cleanUp(_ vitals: Operator, _ engine: DockerEngine) throws {
      func images() throws -> [String] {
        try engine.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split(separator: "\n").map(String.init)
          .sorted()
      }
      let before = try images()
      #expect(before.contains("<none>:<none>"))
      let dry = try vitals("cleanup", "--dry-run", "--format", "json")
      #expect(dry.exit == .code(0), "\(dry.text)")
      let names = dry.json["parts"].elements.flatMap { $0["items"].elements }
        .map { "\($0["kind"].text) \($0["name"].text)" }
      #expect(names.contains("config shop_conf-0123456789ac") && names.contains("image shop:3"))
      #expect(!names.contains { $0.contains("shop:1") || $0.contains("shop:2") || $0.hasPrefix("volume") })
      let unasked = try vitals("cleanup")
      #expect(unasked.exit == .code(64) && unasked.errorOutput.contains("shop:3"))
      #expect(try images() == before)
      let strange = try vitals("cleanup", "--yes", "--volume", "old_dta")
      #expect(strange.exit == .code(1) && strange.errorOutput.contains("Did you mean old_data?"))

      let done = try vitals("cleanup", "--yes", "--volume", "old_data")
      #expect(done.exit == .code(0), "\(done.text)")
      // The present one, the one before, both names of it, and what a container of somebody else uses.
      #expect(try images() == ["shop:1", "shop:2", "shop:4", TestImage.name])
      #expect(try engine.docker("volume", "ls", "-q") == "shop_data")
      let ended = ["ps", "-aq", "--filter", "label=com.docker.swarm.task", "--filter", "status=exited"]
      #expect(try engine.docker(ended).isEmpty)
      #expect(try engine.docker("config", "ls", "--format", "{{.Name}}").contains("shop_conf-0123456789ab"))
      #expect(try vitals("cleanup", "--dry-run").output == "nothing to clean up\n")
      // Whoever deploys has made what nobody uses yet.
      let expiry = Date(timeIntervalSinceNow: 600).ISO8601Format()
      let lock = [
        "--label", "vitals.lock.owner=somebody", "--label", "vitals.lock.action=deploy", "--label",
        "vitals.lock.since=\(expiry)", "--label", "vitals.lock.expires=\(expiry)",
      ]
      try engine.docker(["config", "create"] + lock + ["vitals-lock-shop", "-"], input: "x")
      let locked = try vitals("cleanup", "--yes")
      #expect(locked.exit == .code(1) && locked.errorOutput.contains("shop is locked: deploy by somebody"))
      try engine.docker("config", "rm", "vitals-lock-shop")
    }

    private static func bringDown(_ vitals: Operator, _ engine: DockerEngine) throws {
      let several = try vitals("down", "--yes")
      #expect(several.exit == .code(64) && several.errorOutput.contains("--stack: news, shop"))
      #expect(try vitals("down", "--stack", "shpo", "--yes").errorOutput.contains("Did you mean shop?"))
      let dry = try vitals("down", "--stack", "shop", "--dry-run")
      #expect(
        dry.output == """
          would remove:
            service shop_job
            service shop_jobs
            service shop_web
            network shop_default
            config shop_conf-0123456789ab
            secret shop_key

          """)
      #expect(try vitals("down", "--stack", "shop").exit == .code(64))
      #expect(try engine.taskStates(of: "shop_web") == ["Running", "Running"])

      // Somebody looks around in the network.
      try engine.docker("run", "--detach", "--name", "guest", "--network", "shop_default", TestImage.name)
      let held = try vitals("down", "--stack", "shop", "--yes", "--timeout", "12s")
      #expect(held.exit == .code(4), "\(held.text)")
      #expect(held.errorOutput.contains("the network shop_default is in use by guest"))
      // It waited for the tasks, which take their 3 s to end.
      let tasks = ["ps", "-aq", "--filter", "label=com.docker.swarm.service.name=shop_web"]
      #expect(try engine.docker(tasks).isEmpty)
      let jobs = ["ps", "-aq", "--filter", "name=shop_job"]
      #expect(try engine.docker(jobs).isEmpty)
      try engine.docker("rm", "--force", "guest")

      // It goes on where it ended, and the name can be taken again at once.
      let done = try vitals("down", "--stack", "shop", "--volume", "data", "--yes", "--timeout", "40s")
      #expect(done.exit == .code(0), "\(done.text)")
      #expect(done.output == "the stack shop is gone\n")
      try engine.docker("network", "create", "--driver", "overlay", "shop_default")
      #expect(try engine.docker("secret", "ls", "--format", "{{.Name}}") == "external_key")
      #expect(try engine.docker("config", "ls", "--format", "{{.Name}}") == "news_conf")
      #expect(try engine.docker("service", "ls", "--format", "{{.Name}}") == "news_web")
      #expect(try engine.docker("network", "ls", "--format", "{{.Name}}").contains("common"))
      #expect(try engine.docker("volume", "ls", "-q").isEmpty)
      #expect(try vitals("down", "--stack", "shop", "--yes").exit == .code(1))
    }
  }
}
