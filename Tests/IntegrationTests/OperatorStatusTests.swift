import Foundation
import Testing

extension EngineTests {
  /// `vitals status` and `vitals check` while a node dies, where `docker service ls` goes on as if nothing had happened.
  @Suite(.timeLimit(.minutes(5)))
  struct OperatorStatusTests {
    @Test func `a dead node's tasks do not count, and it is said why`() throws {
      let lab = try SwarmLab(nodes: 2)
      defer { lab.stop() }
      let (manager, other) = (lab.engines[0], lab.engines[1])
      let stack = ["--label", "com.docker.stack.namespace=pilito"]
      try manager.createService(
        "pilito_web",
        ["--replicas", "2", "--replicas-max-per-node", "1", "--publish", "mode=host,target=80,published=8099"] + stack)
      try manager.createService("pilito_agent", ["--mode", "global"] + stack)
      try manager.createService(
        "other_job", ["--mode", "replicated-job", "--replicas", "2"], command: ["echo", "done"])
      for service in ["pilito_web", "pilito_agent"] { try manager.waitForRunning(2, of: service) }

      let well = try wait(manager, "all is well") {
        $0.contains(/other_job +2\/2 done/) && $0.contains(/node2 +worker +ready +2/)
      }
      #expect(well.contains(/Swarm  node1 leads, 1\/1 managers, 2 nodes, engine \d/))
      #expect(well.contains(#/node1 +leader +ready +2 /#))
      #expect(well.contains(/pilito_web +2\/2 +replicated +node1 node2 +vitals-test:1 +host:8099->80\/tcp/), "\(well)")
      let one = try status(manager, ["--stack", "pilito"])
      #expect(one.exit == .code(0) && !one.output.contains("other_job"))
      let wrong = try status(manager, ["--stack", "pilto"])
      #expect(wrong.exit == .code(1) && wrong.errorOutput.contains("Did you mean pilito?"), "\(wrong)")
      let worker = try status(other, [])
      #expect(worker.exit == .code(5) && worker.errorOutput.contains("worker"), "\(worker)")

      other.killDaemon()
      let bereft = try wait(manager, "node2 down") {
        $0.contains(/node2 +worker +down +0/) && $0.contains("no suitable node")
      }
      #expect(bereft.contains("2 nodes (1 not ready)"))
      #expect(bereft.contains(#/pilito_web +1\/2 +replicated +node1 /#), "\(bereft)")
      #expect(bereft.contains("  - docker service ls says 2, as it counts 1 on node2, which is down"))
      #expect(bereft.contains(/- 1 task waits for a node, for \d+ s: no suitable node \(/), "\(bereft)")
      #expect(try manager.docker("service", "ls", "--format", "{{.Name}} {{.Replicas}}").contains("pilito_web 2/2"))
      let check = try VitalsProcess.run([
        "check", "--docker-host", manager.host, "--stack", "pilito", "--format", "json",
      ])
      #expect(check.exit == .code(1), "\(check)")
      let texts = try JSON(check.output)["deductions"].elements.map(\.deduction)
      #expect(Array(texts.prefix(2)) == ["10 pilito_web runs 1 of 2 replicas", "10 node2 is down"], "\(texts)")
      let json = try JSON(try status(manager, ["--format", "json"]).output)
      let web = try #require(json["services"].elements.first { $0["name"] == "pilito_web" })
      #expect(web["running"] == 1 && web["reported"] == 2 && web["desired"] == 2)

      try other.startDaemon()
      _ = try wait(manager, "node2 back") {
        $0.contains(/node2 +worker +ready/) && $0.contains(/pilito_web +2\/2/) && !$0.contains("docker service ls says")
      }
    }

    private func wait(_ manager: DockerEngine, _ what: String, _ condition: (String) -> Bool) throws -> String {
      try eventually(within: .seconds(60), every: .milliseconds(300), what) {
        let answer = try status(manager, [])
        guard answer.exit == .code(0), condition(answer.output) else { throw TestbedError("\(answer)") }
        return answer.output
      }
    }

    private func status(_ engine: DockerEngine, _ arguments: [String]) throws -> Operator.Answer {
      try Operator(engine)(["status"] + arguments)
    }
  }
}

extension JSON {
  /// A deduction as a test compares it.
  fileprivate var deduction: String { "\(Int(self["points"].number)) \(self["text"].text)" }
}
