import Foundation
import Testing

extension EngineTests {
  /// What is said of a swarm whose node has died, where `docker service ls` goes on as if nothing had happened.
  @Suite(.timeLimit(.minutes(5)))
  struct SwarmNodeLossTests {
    @Test func `a dead node's tasks do not count as running, and do when it is back`() throws {
      let lab = try SwarmLab(nodes: 2)
      defer { lab.stop() }
      let (manager, other) = (lab.engines[0], lab.engines[1])
      let vitals = try VitalsProcess(serve: SwarmScene.flags + ["--docker-host", manager.host])
      defer { vitals.kill() }
      try manager.createService("pair", ["--replicas", "2", "--replicas-max-per-node", "1"])
      try manager.createService("spread", ["--replicas", "4"])
      try manager.createService("everywhere", ["--mode", "global"])
      for (service, count) in [("pair", 2), ("spread", 4), ("everywhere", 2)] {
        try manager.waitForRunning(count, of: service)
      }
      let whole = State(
        running: ["pair": 2, "spread": 4, "everywhere": 2], reported: ["pair": 2, "spread": 4, "everywhere": 2],
        desired: ["pair": 2, "spread": 4, "everywhere": 2], node2: "ready")
      try wait(for: whole, vitals)
      #expect(try vitals.page()["swarm_node_tasks_running", ["node": "node2"]] == 4)

      // Its replicas of the pair can go nowhere, those of the others go to the node that is left or away.
      other.killDaemon()
      let bereft = State(
        running: ["pair": 1, "spread": 4, "everywhere": 1], reported: ["pair": 2, "spread": 6, "everywhere": 2],
        desired: ["pair": 2, "spread": 4, "everywhere": 1], node2: "down")
      try wait(for: bereft, vitals)
      let printed = try manager.docker("service", "ls", "--format", "{{.Name}} {{.Replicas}}").split(separator: "\n")
      #expect(Set(printed) == ["pair 2/2 (max 1 per node)", "spread 6/4", "everywhere 2/1"])
      let page = try vitals.page()
      #expect(page["swarm_node_tasks_running", ["node": "node2"]] == 0)
      #expect(page["swarm_node_tasks_running", ["node": "node1"]] == 6)
      #expect(page["swarm_nodes", ["role": "worker", "state": "down", "availability": "active"]] == 1)
      #expect(page["swarm_service_tasks", ["stack": "", "service": "pair", "state": "pending"]] == 1)
      #expect(page["swarm_service_pending_since_timestamp_seconds", ["stack": "", "service": "pair"]] != nil)
      #expect(page["swarm_cluster_cpus"] == page["swarm_node_cpus", ["node": "node1"]])
      #expect(failures(page) == 0)

      try other.startDaemon()
      try wait(for: whole, vitals)
      #expect(failures(try vitals.page()) == 0)

      // A power failure, after which nothing of the node is left.
      other.kill()
      var dead = bereft
      dead.reported["spread"] = nil
      try wait(for: dead, vitals)
      #expect(try vitals.page()["swarm_node_tasks_running", ["node": "node2"]] == 0)
    }

    /// What the metrics should say, by service.
    private struct State {
      var running: [String: Double]
      /// The command's number; nil where it depends on where the scheduler put the replicas.
      var reported: [String: Double]
      var desired: [String: Double]
      var node2: String
    }

    private func wait(for state: State, _ vitals: VitalsProcess) throws {
      try vitals.waitForPage(within: .seconds(90), "the swarm with node2 \(state.node2)") { page in
        for (name, values) in [("running", state.running), ("reported", state.reported), ("desired", state.desired)] {
          for (service, value) in values {
            let mode = service == "everywhere" ? "global" : "replicated"
            let labels = ["stack": "", "service": service, "mode": mode]
            let real = page["swarm_service_replicas_\(name)", labels]
            guard real == value else { throw TestbedError("\(name) of \(service) is \(real ?? -1), not \(value)") }
          }
        }
        return page.state("swarm_node_state", "state", ["node": "node2"]) == state.node2
      }
    }

    private func failures(_ page: MetricsPage) -> Double {
      page.samples.filter { $0.key.name == "swarm_service_task_failures_total" }.values.reduce(0, +)
    }
  }
}
