import Foundation
import Testing

extension EngineTests {
  /// `vitals leave` in a swarm of three managers.
  @Suite(.timeLimit(.minutes(3)))
  struct OperatorLeaveTests {
    @Test func `a manager leaves when the others can do without it, and only then`() async throws {
      try await onThread {
        let lab = try SwarmLab(nodes: 3, managers: 3)
        defer { lab.stop() }
        let (first, third) = (lab.engines[0], lab.engines[2])
        let vitals = try Operator(third)
        // Its successor begins where it has ended, which takes a while.
        let slow = ["--stop-signal", "TERM", "--stop-grace-period", "6s"]
        try first.createService("web", ["--replicas", "3", "--replicas-max-per-node", "2"] + slow)
        try first.createService("pinned", ["--constraint", "node.hostname==node3"])
        try first.waitForRunning(3, of: "web")
        try first.waitForRunning(1, of: "pinned")

        let dry = try vitals("leave", "--dry-run")
        #expect(dry.output.hasPrefix("would do: node3 moves its tasks away, is demoted and leaves; 2 managers remain"))
        #expect(dry.output.contains("; pinned will not run: no other node may run it"))
        let unasked = try vitals("leave")
        #expect(unasked.exit == .code(64) && unasked.errorOutput.contains("repeat this with --yes"))
        #expect(try third.docker("info", "--format", "{{.Swarm.ControlAvailable}}") == "true")

        let left = try vitals("leave", "--yes")
        #expect(left.exit == .code(0), "\(left.text)")
        #expect(left.output.contains("docker node rm node3"))
        #expect(try third.docker("info", "--format", "{{.Swarm.LocalNodeState}}") == "inactive")
        #expect(try third.docker("ps", "-q").isEmpty)
        // Its tasks moved before it went.
        #expect(try first.taskStates(of: "web") == ["Running", "Running", "Running"])
        let format = ["--filter", "desired-state=running", "--format", "{{.Node}}", "web"]
        #expect(try !first.docker(["service", "ps"] + format).contains("node3"))
        try Self.beWorker(vitals, lab)
        try Self.loseOne(vitals, lab)
      }
    }

    private static func beWorker(_ vitals: Operator, _ lab: SwarmLab) throws {
      let third = lab.engines[2]
      try third.join(lab.engines[0])
      for command in [["init"], ["down"], ["cleanup", "--yes"], ["run", "web", "--", "id"]] {
        let answer = try vitals(command)
        #expect(answer.exit == .code(5), "\(command): \(answer.text)")
        #expect(answer.errorOutput.contains("worker"))
      }
      let left = try vitals("leave", "--yes")
      #expect(left.exit == .code(0), "\(left.text)")
      #expect(try third.docker("info", "--format", "{{.Swarm.LocalNodeState}}") == "inactive")
    }

    /// Three managers again, of which one is dead.
    private static func loseOne(_ vitals: Operator, _ lab: SwarmLab) throws {
      let (first, second, third) = (lab.engines[0], lab.engines[1], lab.engines[2])
      try third.join(first, asManager: true)
      try eventually(within: .seconds(20), "three managers") {
        try first.docker("node", "ls", "--filter", "role=manager", "--format", "{{.ManagerStatus}}")
          .split(separator: "\n").count == 3
      }
      second.kill()
      try eventually(within: .seconds(40), every: .milliseconds(200), "a manager that does not answer") {
        try third.docker("node", "ls", "--format", "{{.ManagerStatus}}").contains("Unreachable")
      }
      let refused = try vitals("leave", "--yes")
      #expect(refused.exit == .code(1), "\(refused.text)")
      #expect(
        refused.errorOutput.contains(
          "the quorum would be lost: 2 of 3 managers answer, without this one 1 of 2, and 2 are needed"))
      // Nothing of it was begun.
      #expect(try third.docker("node", "inspect", "self", "--format", "{{.Spec.Availability}}") == "active")
    }
  }
}
