import Foundation
import Testing

extension EngineTests {
  /// The operator's commands where they can't do anything: what is wrong, what to do, and the exit code.
  @Suite(.timeLimit(.minutes(3)))
  struct OperatorFailureTests {
    private static let commands = [
      ["update", "web", "--image", "vitals-test:2"], ["scale", "web=2"], ["rollback", "web"], ["logs", "web"], ["lock"],
      ["drain", "node1"],
    ]

    /// Runs every command, and expects the same exit code and words of all.
    private static func expect(
      _ code: Int32, _ words: String, at host: String, _ commands: [[String]] = commands, prefix: [String] = [],
      location: SourceLocation = #_sourceLocation
    ) throws {
      for command in commands {
        let process = try VitalsProcess(command, environment: ["DOCKER_HOST": host], prefix: prefix)
        defer { process.kill() }
        #expect(process.wait(within: .seconds(60)) == .code(code), "\(command)", sourceLocation: location)
        #expect(
          process.errorOutput.contains(words), "\(command): \(process.errorOutput)", sourceLocation: location)
        #expect(process.errorOutput.hasPrefix("vitals \(command[0]): "), sourceLocation: location)
        #expect(process.output == "", sourceLocation: location)
      }
    }

    @Test func `without an engine, and with one that is no manager, the exit code is 5`() throws {
      try Self.expect(5, "no engine at unix:///nowhere.sock", at: "unix:///nowhere.sock")
      try Self.expect(64, "TLS is not supported", at: "https://example.com", [["lock"]])
      let lab = try SwarmLab(nodes: 2)
      defer { lab.stop() }
      let (manager, worker) = (lab.engines[0], lab.engines[1])
      try Self.expect(5, "the engine is a worker", at: worker.host)
      let stranger = [try Tool.path("setpriv"), "--reuid", "65532", "--regid", "65532", "--clear-groups"]
      try Self.expect(5, "permission denied\nRun this as root, or as", at: manager.host, prefix: stranger)
      // A swarm with nothing in it.
      try Self.expect(1, "there is no stack in this swarm", at: manager.host, Array(Self.commands.prefix(5)))

      try manager.docker("swarm", "update", "--autolock=true")
      let key = try manager.docker("swarm", "unlock-key", "-q")
      manager.killDaemon()
      try manager.startDaemon()
      try Self.expect(5, "docker swarm unlock", at: manager.host)
      try manager.docker(["swarm", "unlock"], input: "\(key)\n")
      try eventually(within: .seconds(30), every: .milliseconds(200), "both nodes ready") {
        try manager.docker("node", "ls", "--format", "{{.Status}}").split(separator: "\n") == ["Ready", "Ready"]
      }

      // Of two managers one is none.
      try manager.docker("node", "promote", "node2")
      try eventually(within: .seconds(30), every: .milliseconds(200), "two managers") {
        try manager.docker("node", "ls", "--format", "{{.ManagerStatus}}").contains("Reachable")
      }
      worker.kill()
      try eventually(within: .seconds(60), every: .milliseconds(500), "no leader") {
        try manager.get("/v1.41/nodes").text.contains("does not have a leader")
      }
      try Self.expect(5, "the swarm has no leader", at: manager.host)
    }
  }
}
