import Foundation
import Testing

extension EngineTests {
  /// The swarm's metrics against what a real engine's own API and command say of the same swarm.
  @Suite(.swarmScene, .timeLimit(.minutes(5)))
  struct SwarmServiceTests {
    let scene: SwarmScene

    init() throws { scene = try #require(SwarmScene.current) }

    @Test func `every gauge is what the API says`() throws {
      try scene.waitForJobs()
      try scene.compareGauges()
    }

    @Test func `replicas and jobs are what docker service ls prints`() throws {
      try scene.waitForJobs()
      // Services whose tasks do not come and go.
      let expected = [
        "shop_web": "2/2 (max 4 per node)", "everywhere": "1/1", "idle": "0/0", "homeless": "0/2", "greedy": "0/1",
        "done": "0/3 (3/3 completed)", "working": "2/2 (0/4 completed)", "done-everywhere": "0/0 (1/1 completed)",
        "working-everywhere": "1/1 (0/1 completed)",
      ]
      try eventually(within: .seconds(40), every: .milliseconds(500), "docker service ls") {
        let lines = try scene.engine.docker("service", "ls", "--format", "{{.Name}}\t{{.Mode}}\t{{.Replicas}}")
          .split(separator: "\n").map { $0.components(separatedBy: "\t") }
        let page = try scene.vitals.page()
        for line in lines where expected.keys.contains(line[0]) {
          let told = page.replicas(of: line[0], mode: line[1].replacing(" ", with: "-"))
          // The command goes on to want three at a time of a job that has nothing left to do.
          let wanted = line[0] == "done" ? "0/0 (3/3 completed)" : line[2]
          guard line[2] == expected[line[0]], wanted.hasPrefix(told) else {
            throw TestbedError("\(line) is \(told) in the metrics, should be \(expected[line[0]] ?? "")")
          }
        }
        return lines.count == 18
      }
    }

    @Test func `tasks by state are what docker service ps prints`() throws {
      for service in ["shop_web", "everywhere", "idle", "homeless", "greedy"] {
        try eventually(within: .seconds(40), every: .milliseconds(500), "tasks of \(service)") {
          let states = try scene.engine.taskStates(of: service)
          let page = try scene.vitals.page()
          let stack = service.hasPrefix("shop_") ? "shop" : ""
          for (state, group) in [("Running", "running"), ("Pending", "pending")] {
            let value = page["swarm_service_tasks", ["stack": stack, "service": service, "state": group]]
            guard value == Double(states.count { $0 == state }) else {
              throw TestbedError("\(states), \(group) is \(value ?? -1)")
            }
          }
          return true
        }
      }
    }

    @Test func `the node is what docker node inspect prints`() throws {
      let format =
        "{{.ID}} {{.Description.Hostname}} {{.Status.State}} {{.Spec.Availability}} {{.Spec.Role}} "
        + "{{.Description.Engine.EngineVersion}} {{.Description.Resources.NanoCPUs}} "
        + "{{.Description.Resources.MemoryBytes}} {{.ManagerStatus.Leader}} {{index .Spec.Labels \"rack\"}}"
      let words = try scene.engine.docker("node", "inspect", "--format", format, "self").components(separatedBy: " ")
      #expect(words.count == 10)
      let page = try scene.vitals.page()
      let node = ["node": words[1]]
      #expect(page.state("swarm_node_state", "state", node) == words[2])
      #expect(page.state("swarm_node_availability", "availability", node) == words[3])
      #expect(page.state("swarm_node_meta", "node_id", node) == words[0])
      #expect(page.state("swarm_node_meta", "role", node) == words[4])
      #expect(page.state("swarm_node_meta", "engine_version", node) == words[5])
      #expect(page["swarm_node_cpus", node] == Double(words[6]).map { $0 / 1e9 })
      #expect(page["swarm_node_memory_bytes", node] == Double(words[7]))
      #expect(page["swarm_node_manager_leader", node] == (words[8] == "true" ? 1 : 0))
      #expect(page["swarm_node_labels", ["node": words[1], "label_rack": words[9]]] == 1)
    }

    @Test func `a failure is counted once, by its reason, and counters only grow`() throws {
      // Three attempts each, all of them in the engine's history: the right numbers are known.
      let known = ["killed": "oom", "unhealthy": "unhealthy", "rejected": "rejected"]
      for (service, reason) in known {
        try scene.vitals.waitForPage(within: .seconds(90), "three failures of \(service)") {
          $0.failures(of: service, reason) >= 3
        }
      }
      // The one that fails for ever goes on meanwhile, and the engine forgets its first failures.
      var last = try scene.vitals.page()
      var refreshes: Set<Double> = []
      try eventually(within: .seconds(90), every: .milliseconds(200), "three more refreshes") {
        let page = try scene.vitals.page()
        for (series, value) in last.samples where series.name.hasPrefix("swarm_service_task_") {
          #expect(page.samples[series] ?? -1 >= value, "\(series) was \(value)")
        }
        last = page
        refreshes.insert(page["vitals_collector_last_success_timestamp_seconds", ["collector": "swarm"]] ?? 0)
        return refreshes.count >= 4 && page.failures(of: "crashing", "exit") > 5
      }
      for (service, reason) in known {
        #expect(scene.failures.counts(of: service) == [reason: 3], "\(service)")
        #expect(last.failures(of: service) == [reason: 3], "\(service)")
      }
      for service in ["shop_web", "everywhere", "idle", "done", "working", "homeless", "greedy", "ending"] {
        #expect(last.failures(of: service) == [:], "\(service)")
        #expect(scene.failures.counts(of: service) == [:], "\(service)")
      }
      try eventually(within: .seconds(60), every: .milliseconds(100), "all failures of the one that fails for ever") {
        let page = try scene.vitals.page()
        let counted = page.failures(of: "crashing")
        let seen = scene.failures.counts(of: "crashing")
        guard counted == seen else { throw TestbedError("\(counted), the engine showed \(seen)") }
        return page.restarts(of: "crashing") == Double(seen["exit"] ?? 0)
      }
    }

    @Test func `what ended by itself and was replaced is a restart`() throws {
      for service in ["killed", "unhealthy", "rejected", "ending"] {
        var last = -1.0
        try? eventually(within: .seconds(60), every: .milliseconds(200)) { () throws -> Bool in
          last = try scene.vitals.page().restarts(of: service)
          return last >= 2
        }
        #expect(last == 2, "\(service)")
      }
      let page = try scene.vitals.page()
      for service in ["shop_web", "everywhere", "done", "done-everywhere", "working", "homeless"] {
        #expect(page.restarts(of: service) == 0, "\(service)")
      }
    }

    @Test func `a service that starts later tells the last failure but counts none`() throws {
      try scene.vitals.waitForPage(within: .seconds(60), "failures") { $0.failures(of: "killed", "oom") >= 3 }
      let late = try VitalsProcess(serve: SwarmScene.flags + ["--docker-host", scene.engine.host])
      defer { late.kill() }
      try late.waitForSwarmState("manager")
      let page = try late.page()
      #expect(page.failures(of: "killed") == [:])
      let labels = ["stack": "", "service": "killed"]
      let last = "swarm_service_last_failure_timestamp_seconds"
      let (value, before) = (page[last, labels], try scene.vitals.page()[last, labels])
      #expect(value != nil && value == before)
      #expect(page["swarm_service_last_failure_exit_code", labels] == 137)
    }

    @Test func `an update is seen to begin, to pause, to be rolled back, to be complete, to be stuck`() throws {
      // Each new task runs for long enough to be seen and fails within the update's monitoring time.
      try scene.update("pausing", to: "sleep 5; exit 1")
      try scene.update("rolling-back", to: "sleep 5; exit 1")
      try scene.update("upgrading", to: "sleep 10000")
      try scene.engine.docker(
        "service", "update", "--detach", "--no-resolve-image", "--constraint-add", "node.labels.rack==nowhere", "stuck")
      let ends = [
        "pausing": "paused", "rolling-back": "rollback_completed", "upgrading": "completed", "stuck": "updating",
      ]
      var seen: [String: [String]] = [:]
      try eventually(within: .seconds(150), every: .milliseconds(200), "the ends of the updates") {
        let page = try scene.vitals.page()
        for service in ends.keys {
          let state = page.state("swarm_service_update_state", "state", ["service": service]) ?? "unclear"
          if seen[service]?.last != state { seen[service, default: []].append(state) }
        }
        guard ends.allSatisfy({ seen[$0]?.last == $1 }) else { throw TestbedError("\(seen)") }
        return true
      }
      // A refresh may miss what is short, and the service that succeeds may have been updated before.
      for (service, states) in seen {
        let news = states.drop { $0 == "none" || $0 == "completed" }.filter { $0 != "rollback_started" }
        #expect(news == (service == "stuck" ? ["updating"] : ["updating", ends[service]]), "\(service): \(states)")
        let inspected = try scene.engine.docker("service", "inspect", "--format", "{{.UpdateStatus.State}}", service)
        #expect(inspected == ends[service])
      }
      let page = try scene.vitals.page()
      func updated(_ service: String) -> Double? {
        page["swarm_service_replicas_updated", ["stack": "", "service": service, "mode": "replicated"]]
      }
      #expect(updated("rolling-back") == 2)
      #expect(updated("upgrading") == 2)
      // One of the two has nowhere to go, so the other is never reached.
      #expect(updated("stuck") == 0)
      // The old tasks of these were told to stop, whatever code they ended with.
      #expect(page.failures(of: "upgrading") == [:])
      #expect(page.failures(of: "stuck") == [:])
      #expect(page.failures(of: "pausing", "exit") >= 1)
      try scene.compareGauges()
    }

    @Test func `promtool has nothing to say, and Prometheus gets the numbers`() throws {
      #expect(try Promtool.complaints(of: scene.vitals.get("/metrics").text) == [])

      let prometheus = try PrometheusServer(scraping: "\(scene.vitals.address)")
      defer { prometheus.stop() }
      let desired = ["shop_web": 2.0, "everywhere": 1, "idle": 0, "homeless": 2, "greedy": 1, "working": 2, "done": 0]
      try eventually(within: .seconds(40), every: .milliseconds(200), "the numbers in Prometheus") {
        let samples = try prometheus.query("swarm_service_replicas_desired")
        let values = Dictionary(samples.map { ($0.labels["service"] ?? "", $0.value) }, uniquingKeysWith: { $1 })
        guard desired.allSatisfy({ values[$0] == $1 }) else { throw TestbedError("\(values)") }
        return true
      }
      let degraded = "swarm_service_replicas_running < swarm_service_replicas_desired"
      let names = try prometheus.query(degraded).map { $0.labels["service"] ?? "" }
      #expect(names.contains("homeless") && names.contains("greedy"))
      #expect(!names.contains("shop_web") && !names.contains("idle") && !names.contains("done"))
      #expect(try prometheus.query("up").map(\.value) == [1])
    }

    @Test func `only GET and HEAD reach the engine`() throws {
      try scene.vitals.waitForPage("a refresh") { $0["swarm_up"] == 1 }
      let lines = scene.relay.requestLines
      let paths = ["/_ping", "/nodes", "/services", "/tasks", "/info", "/version"]
      for line in lines {
        let words = line.split(separator: " ")
        #expect(words.count == 3 && ["GET", "HEAD"].contains(words[0]) && words[2] == "HTTP/1.1", "\(line)")
        #expect(words.count == 3 && paths.contains { words[1].split(separator: "?")[0].hasSuffix($0) }, "\(line)")
      }
      for path in ["/_ping", "/nodes", "/services", "/tasks"] {
        #expect(lines.contains { $0.contains(path) }, "\(path)")
      }
    }
  }
}

extension MetricsPage {
  /// The failures of a service that are not 0, by reason.
  fileprivate func failures(of service: String) -> [String: Int] {
    let counts = ["exit", "unhealthy", "oom", "rejected", "orphaned"].map { ($0, Int(failures(of: service, $0))) }
    return Dictionary(uniqueKeysWithValues: counts.filter { $1 != 0 })
  }

  fileprivate func failures(of service: String, _ reason: String) -> Double {
    let labels = ["stack": stack(of: service), "service": service, "reason": reason]
    return self["swarm_service_task_failures_total", labels] ?? -1
  }

  fileprivate func restarts(of service: String) -> Double {
    self["swarm_service_task_restarts_total", ["stack": stack(of: service), "service": service]] ?? -1
  }

  /// As the beginning of the column REPLICAS.
  fileprivate func replicas(of service: String, mode: String) -> String {
    let labels = ["stack": stack(of: service), "service": service]
    func text(_ name: String, _ labels: [String: String]) -> String {
      self["swarm_service_\(name)", labels].map { "\(Int($0))" } ?? "none"
    }
    let withMode = labels.merging(["mode": mode]) { $1 }
    let replicas = "\(text("replicas_reported", withMode))/\(text("replicas_desired", withMode))"
    guard mode.hasSuffix("-job") else { return replicas }
    let completed = "\(text("job_completions", labels))/\(text("job_completions_desired", labels))"
    return "\(replicas) (\(completed) completed)"
  }

  private func stack(of service: String) -> String { service.hasPrefix("shop_") ? "shop" : "" }
}
