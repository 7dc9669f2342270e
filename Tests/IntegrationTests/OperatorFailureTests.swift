import Foundation
import Testing

extension EngineTests {
  /// The operator's commands where they can't do anything: what is wrong, what to do, and the exit code; nothing changes.
  ///
  /// Where a command has something to do there, as `leave` on a worker, its own suite has it.
  @Suite(.timeLimit(.minutes(4)))
  struct OperatorFailureTests {
    @Test func `in bad surroundings every command says what is wrong and what to do, and changes nothing`() async throws
    {
      try await onThread {
        let scene = try OperatorFailureScene()
        defer { scene.stop() }
        try Self.meetEmptySwarm(scene)
        try scene.deploy()
        let before = try scene.inventory()
        try Self.meetNoManager(scene)
        try Self.mistakeNames(scene)
        try Self.meetOldEngine(scene)
        try Self.meetLockedSwarm(scene)
        let changes = try scene.inventory().difference(from: before)
        #expect(changes.isEmpty, "\(changes)")
        try Self.loseQuorum(scene)
        // Where nothing was begun, nothing is written down.
        let audit = try? String(contentsOfFile: scene.auditLog, encoding: .utf8)
        #expect(audit == nil)
      }
    }

    /// A swarm with nothing in it; the other commands have nothing to do there, or make the first stack.
    private static func meetEmptySwarm(_ scene: OperatorFailureScene) throws {
      let names = ["update", "scale", "rollback", "logs", "backup", "down", "lock"]
      let commands = scene.commands.filter { names.contains($0[0]) }
      try expect(
        1, "there is no stack in this swarm\nDeploy one: vitals deploy.", commands, at: scene.manager.host, scene)
      let run = [["run", "web", "--", "id"]]
      try expect(1, "there is no service web\nThere is none at all: vitals deploy", run, at: scene.manager.host, scene)
      for command in [["status", "--stack", "shop"], ["lock", "--stack", "shop"]] {
        let words = "there is no stack shop\nThere is none at all: vitals deploy makes one."
        try expect(1, words, [command], at: scene.manager.host, scene)
      }
    }

    private static func meetNoManager(_ scene: OperatorFailureScene) throws {
      func expect(_ words: String, _ commands: [[String]], at host: String, prefix: [String] = []) throws {
        try Self.expect(5, words, commands, at: host, prefix: prefix, scene)
      }
      let nowhere = "unix:///nowhere.sock"
      let none = "no engine at \(nowhere): No such file or directory\nStart it, or name another with --docker-host"
      try expect(none, scene.commands, at: nowhere)
      let stayers = scene.commands.filter { $0[0] != "leave" }
      try expect("a worker: run this on a manager, or", stayers, at: scene.worker.host)
      let stranger = [try Tool.path("setpriv"), "--reuid", "65532", "--regid", "65532", "--clear-groups"]
      let words = "permission denied\nRun this as root, or as"
      try expect(words, scene.commands, at: scene.manager.host, prefix: stranger)
      // Files and flags are looked at first.
      let missing = [
        ["restore", "/no/such/file"], ["deploy", "-c", "/no/such/file"], ["init", "-c", "/no/such/file"],
      ]
      for (command, code) in zip(missing, [1, 64, 64] as [Int32]) {
        try Self.expect(code, "/no/such/file", [command], at: nowhere, scene)
      }
      try Self.expect(64, "TLS is not supported", [["lock"]], at: "https://example.com", scene)
    }

    /// Names of things that are not there, each with the one that is.
    private static func mistakeNames(_ scene: OperatorFailureScene) throws {
      let host = scene.manager.host
      let services = [
        ["update", "wbe", "--image", "vitals-test:2"], ["scale", "wbe=2"], ["rollback", "wbe"], ["logs", "wbe"],
        ["run", "wbe", "--", "id"], ["restore", "--yes", "--stop", "wbe", scene.backup],
      ]
      try expect(1, "there is no service wbe\nDid you mean web?", services, at: host, scene)
      for node in ["nod1", ""] {
        let nodes = [["drain", node, "--yes"], ["activate", node]]
        try expect(
          1, "there is no node \(node)\n\(node.isEmpty ? "There are:" : "Did you mean") node1", nodes, at: host, scene)
      }
      let own = ["init", "deploy", "drain", "activate", "cleanup", "leave", "check"]
      let stacks = scene.commands.filter { !own.contains($0[0]) }.map { [$0[0], "--stack", "shpo"] + $0.dropFirst() }
      try expect(1, "there is no stack shpo\nDid you mean shop?", stacks, at: host, scene)
      // 1 is a verdict of this one.
      try expect(64, "there is no stack shpo\nDid you mean shop?", [["check", "--stack", "shpo"]], at: host, scene)
    }

    /// An engine that is too old for anything, and those that are not too old for all.
    private static func meetOldEngine(_ scene: OperatorFailureScene) throws {
      let ancient = try SwarmRelay(to: scene.manager.socketPath, telling: "1.24")
      defer { ancient.stop() }
      for command in scene.commands {
        let needed = command[0] == "init" ? "1.41" : "1.31"
        let words =
          "the engine is too old: its API is 1.24, and \(needed) is needed\nUpgrade it: Docker 20.10 (API 1.41)"
        try expect(command[0] == "check" ? 5 : 1, words, [command], at: ancient.host, scene)
      }
      for version in ["1.31", "1.40"] {
        let old = try SwarmRelay(to: scene.manager.socketPath, telling: version)
        defer { old.stop() }
        let newer = scene.commands.filter { ["init", "deploy", "run"].contains($0[0]) }
        try expect(1, "too old: its API is \(version), and 1.41 is needed\nUpgrade it", newer, at: old.host, scene)
        let dry = [
          ["scale", "web=2", "--dry-run"],
          ["update", "web", "--image", "vitals-test:2@sha256:\(String(repeating: "0", count: 64))", "--dry-run"],
          ["backup", "--dry-run"], ["restore", scene.backup, "--dry-run"], ["drain", "node1", "--dry-run"],
          ["cleanup", "--dry-run"], ["down", "--dry-run"], ["leave", "--force", "--dry-run"],
          // These change nothing here.
          ["status"], ["check"], ["monitor", "--once"], ["logs", "web"], ["activate", "node1"], ["lock"],
        ]
        for command in dry {
          let answer = try scene.vitals(command, at: old.host)
          #expect(answer.code == 0, "API \(version), \(command): \(answer)")
        }
        #expect(old.requestLines.contains { $0.hasPrefix("GET /v\(version)/nodes") })
      }
    }

    private static func meetLockedSwarm(_ scene: OperatorFailureScene) throws {
      let manager = scene.manager
      try manager.docker("swarm", "update", "--autolock=true")
      let key = try manager.docker("swarm", "unlock-key", "-q")
      manager.killDaemon()
      try manager.startDaemon()
      try expect(5, "docker swarm unlock", scene.commands, at: manager.host, scene)
      try manager.docker(["swarm", "unlock"], input: "\(key)\n")
      try eventually(within: .seconds(30), every: .milliseconds(200), "both nodes ready") {
        try manager.docker("node", "ls", "--format", "{{.Status}}").split(separator: "\n") == ["Ready", "Ready"]
      }
    }

    /// Of two managers one is none.
    private static func loseQuorum(_ scene: OperatorFailureScene) throws {
      let manager = scene.manager
      try manager.docker("node", "promote", "node2")
      try eventually(within: .seconds(30), every: .milliseconds(200), "two managers") {
        try manager.docker("node", "ls", "--format", "{{.ManagerStatus}}").contains("Reachable")
      }
      scene.worker.kill()
      try eventually(within: .seconds(60), every: .milliseconds(500), "no leader") {
        try manager.get("/v1.41/nodes").text.contains("does not have a leader")
      }
      try expect(5, "the swarm has no leader", scene.commands, at: manager.host, scene)
    }

    /// Runs commands, and expects of all the same exit code, the same words, and nothing but words.
    private static func expect(
      _ code: Int32, _ words: String, _ commands: [[String]], at host: String, prefix: [String] = [],
      _ scene: OperatorFailureScene, location: SourceLocation = #_sourceLocation
    ) throws {
      for command in commands {
        let answer = try scene.vitals(command, at: host, prefix: prefix)
        #expect(answer.code == code, "\(command): \(answer)", sourceLocation: location)
        #expect(answer.errorOutput.contains(words), "\(command): \(answer)", sourceLocation: location)
        // What a restore tells of its file comes first, and init has looked at its machine.
        let lines = answer.errorOutput.split(separator: "\n").drop { $0.hasPrefix("checked: ") }
        #expect(lines.first?.hasPrefix("vitals \(command[0]): ") == true, "\(answer)", sourceLocation: location)
        #expect((1...3).contains(lines.count), "\(command): \(answer)", sourceLocation: location)
        #expect(answer.output.isEmpty || command[0] == "init", "\(command): \(answer)", sourceLocation: location)
      }
    }
  }
}
