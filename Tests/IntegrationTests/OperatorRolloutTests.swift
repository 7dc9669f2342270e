import Foundation
import Glibc
import Testing

extension EngineTests {
  /// Commands that change services, against a real swarm: how each ends, and what it says.
  @Suite(.operatorScene, .timeLimit(.minutes(5)))
  struct OperatorRolloutTests {
    let scene: OperatorScene
    private static let quick = ["--update-monitor", "2s", "--rollback-monitor", "2s"]

    init() throws { scene = try #require(OperatorScene.current) }

    /// All of them at a time, as most of it is waiting.
    @Test func `an update ends as the swarm ends it, and the exit code says how`() async throws {
      let scene = scene
      async let good: Void = onThread { try Self.updateAndGoBack(scene) }
      async let broken: Void = onThread { try Self.updateToBroken(scene) }
      async let paused: Void = onThread { try Self.updateToBrokenAndPause(scene) }
      async let pending: Void = onThread { try Self.updateToNowhere(scene) }
      async let crashing: Void = onThread { try Self.scaleWhatCrashes(scene) }
      _ = try await (good, broken, paused, pending, crashing)
    }

    private static func updateAndGoBack(_ scene: OperatorScene) throws {
      defer { scene.removeServices(of: "good") }
      try scene.createService("web", of: "good", Self.quick + ["--update-order", "start-first"])
      let none = try scene.vitals("rollback", "web", stack: "good")
      #expect(none.code == 1 && none.errorOutput.contains("no previous version to go back to: web"))

      let dry = try scene.vitals("update", "web", "--image", OperatorScene.second, "--dry-run", stack: "good")
      #expect(dry.code == 0 && dry.output == "web: image vitals-test:1 -> vitals-test:2\n")
      #expect(try scene.image(of: "good_web") == OperatorScene.first)

      let update = try scene.vitals("update", "web", "--image", OperatorScene.second, stack: "good")
      #expect(update.code == 0, "\(update)")
      #expect(update.output.contains("web 2/2"))
      #expect(update.errorOutput.contains("warning: no digest of vitals-test:2 from its registry"))
      #expect(update.errorOutput.contains("web: 2/2 updated, 2/2 running"))
      #expect(try scene.image(of: "good_web") == OperatorScene.second)

      // There is nothing newer, as far as anybody knows.
      let same = try scene.vitals("update", stack: "good")
      #expect(same.code == 0 && same.output == "nothing to change\n")

      let back = try scene.vitals("rollback", "--all", "--yes", "--format", "json", stack: "good")
      #expect(back.code == 0, "\(back)")
      let lines = back.lines
      #expect(lines.first?["kind"] == "plan" && lines.contains { $0["kind"] == "progress" && $0["updated"] == 2 })
      #expect(lines.last?["seconds"] != .null)
      #expect(try scene.image(of: "good_web") == OperatorScene.first)
      print("update of two replicas: \(update.seconds) s, rollback: \(back.seconds) s")
      #expect(try scene.audit(of: "good").map { $0["outcome"] } == ["done", "done"])
      #expect(try scene.audit(of: "good").map { $0["action"] }.last == "rollback --all")
    }

    private static func updateToBroken(_ scene: OperatorScene) throws {
      defer { scene.removeServices(of: "broken") }
      try scene.createService("web", of: "broken", Self.quick + ["--update-failure-action", "rollback"])
      let update = try scene.vitals("update", "web", "--image", OperatorScene.broken, stack: "broken")
      #expect(update.code == 2, "\(update)")
      #expect(update.errorOutput.contains("failed on node"))
      #expect(update.errorOutput.contains("exit 3"))
      // What the task wrote before it failed.
      #expect(update.errorOutput.contains("  cannot start\n"))
      #expect(update.errorOutput.contains("web: rolled back: task web."))
      #expect(try scene.image(of: "broken_web") == OperatorScene.first)
      try scene.manager.waitForRunning(2, of: "broken_web")
      let audit = try scene.audit(of: "broken")
      #expect(audit.map { $0["outcome"] } == ["rolledBack"] && audit[0]["exitCode"] == 2)
      // The engine has gone back to it, and has nothing before it.
      let again = try scene.vitals("rollback", "web", stack: "broken")
      #expect(again.code == 1 && again.errorOutput.contains("none after an automatic rollback"))
    }

    private static func updateToBrokenAndPause(_ scene: OperatorScene) throws {
      defer { scene.removeServices(of: "paused") }
      try scene.createService("web", of: "paused", Self.quick)
      let update = try scene.vitals(
        "update", "web", "--image", OperatorScene.broken, "--format", "json", stack: "paused")
      #expect(update.code == 3, "\(update)")
      let lines = update.lines
      #expect(lines.contains { $0["kind"] == "failure" && $0["exitCode"] == 3 })
      #expect(
        lines.contains { $0["kind"] == "log" && $0["lines"].elements.contains { $0.text.contains("cannot start") } })
      #expect(lines.last?["exitCode"] == 3)
      let scale = try scene.vitals("scale", "web=3", stack: "paused")
      #expect(scale.code == 64 && scale.errorOutput.contains("paused"))
      let back = try scene.vitals("rollback", "web", stack: "paused")
      #expect(back.code == 0, "\(back)")
      #expect(try scene.image(of: "paused_web") == OperatorScene.first)
    }

    private static func updateToNowhere(_ scene: OperatorScene) throws {
      defer { scene.removeServices(of: "nowhere") }
      try scene.createService("web", of: "nowhere", replicas: 1, Self.quick)
      try scene.manager.docker(
        "service", "update", "--detach", "--no-resolve-image", "--reserve-cpu", "1000", "nowhere_web")
      // With a digest, so that no registry is asked: all of the time is the rollout's, and more than it needs to be seen.
      let image = "\(OperatorScene.second)@sha256:\(String(repeating: "0", count: 64))"
      let update = try scene.vitals("update", "web", "--image", image, "--timeout", "15s", stack: "nowhere")
      #expect(update.code == 4, "\(update)")
      #expect(
        update.errorOutput.contains(
          "0/1 updated, 0/1 running: pending: no suitable node (insufficient resources on 2 nodes)"))
      #expect(try scene.vitals("lock", stack: "nowhere").output == "nowhere is not locked\n")
    }

    private static func scaleWhatCrashes(_ scene: OperatorScene) throws {
      defer { scene.removeServices(of: "crashing") }
      try scene.createService("web", of: "crashing", replicas: 0, ["--restart-delay", "100ms"])
      try scene.manager.docker(
        "service", "update", "--detach", "--no-resolve-image", "--image", OperatorScene.broken, "crashing_web")
      let scale = try scene.vitals("scale", "web=1", stack: "crashing")
      #expect(scale.code == 1, "\(scale)")
      #expect(scale.errorOutput.contains("  cannot start\n"))
    }

    @Test func `a scale is judged as a whole before it is made`() throws {
      defer { scene.removeServices(of: "scale") }
      try scene.createService("web", of: "scale", replicas: 3, ["--replicas-max-per-node", "3"])
      try scene.createService("celery", of: "scale", replicas: 1, ["--reserve-memory", "100M"])
      let up = try scene.vitals("scale", "web=5", stack: "scale")
      #expect(up.code == 0 && up.output.contains("web 5/5"), "\(up)")
      let down = try scene.vitals("scale", "scale_web=2", stack: "scale")
      #expect(down.code == 0 && down.output.contains("web 2/2"), "\(down)")
      #expect(try scene.manager.taskStates(of: "scale_web") == ["Running", "Running"])
      let same = try scene.vitals("scale", "web=2", stack: "scale")
      #expect(same.code == 0 && same.output == "nothing to change\n")

      let impossible = try scene.vitals("scale", "web=4", "celery=100000", "beat=1", stack: "scale")
      #expect(impossible.code == 1)
      #expect(impossible.errorOutput.contains("celery needs 99999 more x 100 MiB reserved, and there is room for"))
      #expect(impossible.errorOutput.contains("there is no service beat"))
      let crowded = try scene.vitals("scale", "web=7", stack: "scale")
      #expect(crowded.code == 1 && crowded.errorOutput.contains("max_replicas_per_node"))
      #expect(try scene.vitals("scale", "web=-1", stack: "scale").code == 64)
      #expect(try scene.vitals("scale", "wbe=1", stack: "scale").errorOutput.contains("Did you mean web?"))
      #expect(try scene.manager.taskStates(of: "scale_web") == ["Running", "Running"])
    }

    @Test func `one command at a time changes a stack, and Ctrl-C leaves no lock`() throws {
      defer { scene.removeServices(of: "locked") }
      try scene.createService("web", of: "locked", replicas: 1, ["--update-monitor", "60s"])
      let first = try scene.start("update", "web", "--image", OperatorScene.second, stack: "locked")
      defer { first.kill() }
      try first.waitForLine(containing: "web: 1/1 updated", within: .seconds(30))
      let lock = try scene.vitals("lock", stack: "locked")
      #expect(lock.output.contains("locked is locked: update by "))
      let refused = try scene.vitals("scale", "web=2", stack: "locked")
      #expect(refused.code == 1 && refused.errorOutput.contains("--force-unlock"))

      first.signal(SIGINT)
      #expect(first.wait(within: .seconds(10)) == .code(130))
      #expect(first.errorOutput.contains("interrupted"))
      #expect(try scene.vitals("lock", stack: "locked").output == "locked is not locked\n")

      // One that was killed leaves its lock.
      let second = try scene.start("update", "web", "--force", stack: "locked")
      defer { second.kill() }
      try second.waitForLine(containing: "web: 0/1 updated", within: .seconds(30))
      second.signal(SIGKILL)
      #expect(second.wait(within: .seconds(10)) == .signal(SIGKILL))
      #expect(try scene.vitals("scale", "web=2", "--detach", stack: "locked").code == 1)
      let forced = try scene.vitals("scale", "web=2", "--detach", "--force-unlock", stack: "locked")
      #expect(forced.code == 0 && forced.errorOutput.contains("removed the lock of locked: update by "), "\(forced)")
      let audit = try scene.audit(of: "locked")
      #expect(audit.map { $0["exitCode"] } == [130, 0, 0])
      #expect(audit.dropFirst().map { $0["action"] } == ["lock --release", "scale web=2"])
    }

    @Test func `a rollout and a followed log survive a restart of the engine`() throws {
      defer { scene.removeServices(of: "restart") }
      try scene.createService("web", of: "restart", replicas: 1, ["--update-monitor", "4s"])
      try scene.createService(
        "clock", of: "restart", replicas: 0, ["--constraint", "node.hostname==node2", "--restart-delay", "1s"])
      try scene.manager.docker(
        "service", "update", "--detach", "--no-resolve-image", "--replicas", "1", "--args",
        "sh -c 'run=$(date +%N); n=0; while :; do n=$((n+1)); echo $run $n; sleep 0.2; done'", "restart_clock")
      try scene.manager.waitForRunning(1, of: "restart_clock")
      let log = try scene.start("logs", "clock", "--follow", "--tail", "all", stack: "restart")
      defer { log.kill() }
      try eventually("ticks") { log.output.contains(" 3\n") }
      let update = try scene.start("update", "web", "--image", OperatorScene.second, stack: "restart")
      defer { update.kill() }
      try update.waitForLine(containing: "web: 1/1 updated", within: .seconds(30))
      scene.manager.killDaemon()
      try update.waitForLine(containing: "asking again")
      try scene.manager.startDaemon()
      #expect(update.wait(within: .seconds(60)) == .code(0), "\(update.errorOutput)")
      #expect(update.errorOutput.contains("the manager answers again"))

      let count = log.output.split(separator: "\n").count
      try eventually(within: .seconds(30), "ticks after the restart") {
        log.output.split(separator: "\n").count > count + 5
      }
      log.signal(SIGINT)
      #expect(log.wait(within: .seconds(5)) == .code(130))
      // Each line once, and in order; a manager that was busy may have taken the node for lost, and the task with it.
      var last: [Substring: Int] = [:]
      for line in log.output.split(separator: "\n") {
        let words = line.split(separator: " ")
        #expect(line.hasPrefix("clock.1@node2 | ") && words.count == 4)
        #expect(Int(words[3]) == (last[words[2]] ?? 0) + 1, "\(log.output)")
        last[words[2]] = Int(words[3])
      }
    }

    @Test func `logs are merged by time, say where they come from, and end with their reader`() throws {
      defer { scene.removeServices(of: "logs") }
      try scene.createService("web", of: "logs", replicas: 0)
      try scene.createService("celery", of: "logs", replicas: 0)
      func run(_ word: String, in service: String) throws {
        try scene.manager.docker(
          "service", "update", "--detach", "--no-resolve-image", "--replicas", "1", "--args",
          "sh -c 'echo \(word); sleep 0.3; echo oops >&2; exec sleep infinity'", "logs_\(service)")
      }
      func awaitLines(_ count: Int, _ options: String...) throws {
        try eventually(within: .seconds(30), every: .milliseconds(300), "\(count) lines") {
          let answer = try scene.vitals(["logs"] + options, stack: "logs")
          guard answer.output.split(separator: "\n").count == count else { throw TestbedError("\(answer)") }
          return true
        }
      }
      // One after the other, so that it is known who has written last.
      try run("web says", in: "web")
      try awaitLines(2)
      try run("celery says", in: "celery")
      try awaitLines(4)
      let all = try scene.vitals("logs", "--timestamps", stack: "logs")
      let lines = all.output.split(separator: "\n")
      #expect(lines.sorted() == lines)
      #expect(lines.contains { $0.hasSuffix("| web says") && $0.contains(" web.1@node") })
      #expect(try scene.vitals("logs", "--tail", "1", stack: "logs").output.hasPrefix("celery.1@node"))
      #expect(try scene.vitals("logs", "--since", "2099-01-01T00:00:00Z", stack: "logs").output == "")
      #expect(try scene.vitals("logs", "--since", "yesterday", stack: "logs").code == 64)
      let object = try scene.vitals("logs", "web", "--format", "json", "--tail", "1", stack: "logs").json
      #expect(object["service"] == "logs_web" && object["stream"] == "stderr" && object["text"] == "oops")
      #expect(object["task"] == "web.1")

      // Whoever reads the first line only, as head does, gets it and nothing else.
      let pipe = try Subprocess.outcome(
        ["sh", "-c", "\"$0\" logs | head -n 1; echo done >&2", VitalsProcess.binary],
        environment: ["DOCKER_HOST": scene.manager.host, "VITALS_STACK": "logs", "PATH": "/usr/bin:/bin"])
      #expect(pipe.output.split(separator: "\n").count == 1 && pipe.errorOutput == "done\n", "\(pipe)")

      // Of a new version, what it has written itself and nothing of the one before.
      try run("web says more", in: "web")
      try awaitLines(4, "web")
      let now = try scene.vitals("logs", "web", "--since-deploy", stack: "logs").output.split(separator: "\n")
      #expect(now.map { $0.split(separator: "| ").last } == ["web says more", "oops"], "\(now)")
    }

    @Test func `a node is drained once its tasks run elsewhere`() throws {
      defer { scene.removeServices(of: "drain") }
      try scene.createService("web", of: "drain", replicas: 2)
      try scene.createService("pinned", of: "drain", replicas: 1, ["--constraint", "node.hostname==node2"])
      let unknown = try scene.vitals("drain", "node3")
      #expect(unknown.code == 1 && unknown.errorOutput.contains("Did you mean node"))
      let dry = try scene.vitals("drain", "node2", "--dry-run")
      #expect(dry.code == 0 && dry.output.contains("with nowhere to run: drain_pinned"), "\(dry)")
      let refused = try scene.vitals("drain", "node2")
      #expect(refused.code == 64 && refused.errorOutput.contains("drain_pinned will not run"))

      let drained = try scene.vitals("drain", "node2", "--yes")
      #expect(drained.code == 0, "\(drained)")
      #expect(try scene.manager.docker("node", "ps", "--filter", "desired-state=running", "--quiet", "node2") == "")
      #expect(try scene.lab.engines[1].docker("ps", "--quiet") == "")
      #expect(try scene.vitals("drain", "node2").output.hasPrefix("node2 is drain already"))
      let active = try scene.vitals("activate", "node2")
      #expect(active.code == 0 && active.output == "node2 changed from drain to active\n")
      try scene.manager.waitForRunning(1, of: "drain_pinned")
      #expect(try scene.audit(of: "").map { $0["action"] } == ["drain node2", "activate node2"])

      // One that was not waited for is waited for by the next.
      let slow = ["--constraint", "node.hostname==node2", "--stop-signal", "TERM", "--stop-grace-period", "5s"]
      try scene.createService("slow", of: "drain", replicas: 1, slow)
      #expect(try scene.vitals("drain", "node2", "--yes", "--detach").code == 0)
      #expect(try scene.lab.engines[1].docker("ps", "--quiet") != "")
      #expect(try scene.vitals("drain", "node2").code == 0)
      #expect(try scene.lab.engines[1].docker("ps", "--quiet") == "")
      #expect(try scene.vitals("activate", "node2").code == 0)
    }
  }
}
