import Foundation
import Testing

extension EngineTests {
  /// What an engine can be to a swarm. Each is named, and none is an error page.
  @Suite(.timeLimit(.minutes(12)))
  struct SwarmStateTests {
    /// Both at a time, as most of it is waiting for refreshes.
    @Test func `each state of an engine has its name, and the service goes on in all of them`() async throws {
      async let alone: Void = onThread { try Self.followOneEngine() }
      async let together: Void = onThread { try Self.followTwoEngines() }
      _ = try await (alone, together)
    }

    /// No engine, no swarm, a manager, a dead engine, a locked swarm.
    private static func followOneEngine() throws {
      let nowhere = try VitalsProcess(
        serve: SwarmScene.flags + ["--docker-host", "unix://\(Scratch.root)/no-such.sock"])
      defer { nowhere.kill() }
      try expect("no_engine", nowhere)
      #expect(nowhere.errorOutput.contains("state=no_engine"))

      let engine = try DockerEngine(.init(name: "alone"))
      defer { engine.stop() }
      let vitals = try VitalsProcess(serve: SwarmScene.flags + ["--docker-host", engine.host])
      defer { vitals.kill() }
      try expect("inactive", vitals)
      try engine.initializeSwarm()
      try engine.createService("web")
      try expect("manager", vitals)

      engine.killDaemon()
      try expect("no_engine", vitals, familiesGoLater: true)
      try engine.startDaemon()
      try expect("manager", vitals)

      try engine.docker("swarm", "update", "--autolock=true")
      let key = try engine.docker("swarm", "unlock-key", "-q")
      engine.killDaemon()
      try engine.startDaemon()
      try expect("locked", vitals)
      try engine.docker(["swarm", "unlock"], input: "\(key)\n")
      try expect("manager", vitals)
      try engine.leaveSwarm()
      try expect("inactive", vitals)
      #expect(vitals.exit == nil && nowhere.exit == nil)
    }

    /// A worker, one of two managers, a quorum lost and won back.
    private static func followTwoEngines() throws {
      let lab = try SwarmLab(nodes: 2)
      defer { lab.stop() }
      let first = try VitalsProcess(serve: SwarmScene.flags + ["--docker-host", lab.engines[0].host])
      defer { first.kill() }
      let second = try VitalsProcess(serve: SwarmScene.flags + ["--docker-host", lab.engines[1].host])
      defer { second.kill() }
      try expect("manager", first)
      try expect("worker", second)
      // A worker is not asked what only a manager can answer: it would log an error each time.
      #expect(!lab.engines[1].logText.contains("not a swarm manager"))

      try lab.engines[0].docker("node", "promote", "node2")
      try expect("manager", second)
      try first.waitForPage("two managers") {
        $0["swarm_managers"] == 2 && $0["swarm_managers_reachable"] == 2 && $0["swarm_has_leader"] == 1
      }
      lab.engines[1].killDaemon()
      try expect("no_quorum", first, familiesGoLater: true)
      try expect("no_engine", second)
      try lab.engines[1].startDaemon()
      try expect("manager", first)
      try expect("manager", second)
    }

    /// Waits until a service tells the state, and looks at all that follows from it.
    ///
    /// - Parameter familiesGoLater: whether the swarm's other families stay for two failed refreshes.
    private static func expect(_ state: String, _ vitals: VitalsProcess, familiesGoLater: Bool = false) throws {
      func hasFamilies(_ page: MetricsPage) -> Bool {
        // The score is told in every state.
        let others = ["swarm_up", "swarm_state", "swarm_health_score", "swarm_health_check"]
        return page.families.keys.contains { $0.hasPrefix("swarm_") && !others.contains($0) }
      }
      func errors(_ page: MetricsPage) -> Double {
        page["vitals_collector_errors_total", ["collector": "swarm"]] ?? -1
      }
      let before = errors(try vitals.page())
      try vitals.waitForSwarmState(state)
      let isManager = state == "manager"
      if familiesGoLater {
        var stayed = false
        try vitals.waitForPage("the end of the swarm's families") { page in
          let missed = errors(page) - before
          if missed < 3 {
            #expect(hasFamilies(page), "\(state) after \(missed) refreshes that failed")
            stayed = stayed || missed > 0
          }
          return !hasFamilies(page)
        }
        #expect(stayed)
      } else if isManager {
        try vitals.waitForPage("the swarm's families") { hasFamilies($0) && $0["swarm_up"] == 1 }
      }
      let page = try vitals.page()
      #expect(page.state("swarm_state", "state") == state)
      #expect(page["swarm_up"] == (isManager ? 1 : 0), "\(state)")
      #expect(hasFamilies(page) == isManager, "\(state)")
      // An engine that is no manager has no numbers, which is no failure.
      let isFailure = state == "no_engine" || state == "no_quorum"
      #expect(page["vitals_collector_up", ["collector": "swarm"]] == (isFailure ? 0 : 1), "\(state)")
      for path in ["/health/", "/health/ready", "/health/live"] {
        let answer = try vitals.get(path)
        #expect(answer.status == 200 && answer.text.contains("\"status\":\"pass\""), "\(path) with \(state)")
      }
    }
  }
}
