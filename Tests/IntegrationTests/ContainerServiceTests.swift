import Foundation
import Testing

extension EngineTests {
  /// The containers' metrics against what the kernel, the engine's command and the containers themselves say.
  @Suite(.containerScene, .timeLimit(.minutes(5)))
  struct ContainerServiceTests {
    let scene: ContainerScene

    init() throws { scene = try #require(ContainerScene.current) }

    private func labels(_ name: String) -> [String: String] {
      let service = name.hasPrefix("shop_web.") ? "shop_web" : name == "everywhere.node" ? "everywhere" : ""
      let slot = service == "shop_web" ? String(name.suffix(1)) : ""
      let stack = service == "shop_web" ? "shop" : ""
      return ["name": name, "stack": stack, "service": service, "slot": slot, "node": "node"]
    }

    /// Compares a value with the truth, which may move on while both are asked for.
    private func compare(
      _ family: String, of name: String, within limit: Duration = .seconds(30), _ truth: () throws -> Double
    ) throws {
      try eventually(within: limit, every: .milliseconds(200), "\(family) of \(name)") {
        let before = try truth()
        let next = try scene.nextPage()
        let value = next[family, labels(name)] ?? -1
        let after = try truth()
        guard min(before, after) <= value, value <= max(before, after) else {
          throw TestbedError("\(value), not from \(before) to \(after)")
        }
        return true
      }
    }

    @Test func `every container has its series, and no id is in a label`() throws {
      let page = try scene.nextPage()
      for name in ContainerScene.names {
        for family in ["container_last_seen", "container_cpu_usage_seconds_total", "container_processes"] {
          #expect(page[family, labels(name)] != nil, "\(family) of \(name)")
        }
        #expect(page["container_oom_events_total", labels(name)] != nil, "\(name)")
      }
      for reason in ["error", "limit"] {
        #expect(page["containers_left_out", ["reason": reason, "node": "node"]] == 0)
      }
      let text = try scene.vitals.get("/metrics").text
      for id in try scene.engine.docker("ps", "--quiet").split(separator: "\n") { #expect(!text.contains(id)) }
      for id in try scene.engine.docker("service", "ps", "--quiet", "shop_web").split(separator: "\n") {
        #expect(!text.contains(id))
      }
      // What a container does not have, it has no series of.
      let networked = page.samples(of: "container_network_receive_bytes_total").keys.compactMap { $0.labels["name"] }
      #expect(Set(networked) == ["shop_web.1", "shop_web.2", "everywhere.node", "connected"])
      let limited = page.samples(of: "container_cpu_cfs_periods_total").keys.compactMap { $0.labels["name"] }
      #expect(Set(limited) == ["shop_web.1", "shop_web.2"])
    }

    @Test(arguments: ["burner", "shop_web.1"])
    func `CPU time is what the kernel has counted`(_ name: String) throws {
      let group = try ControlGroup(name, of: scene.engine)
      // It comes to rest, and then the numbers are equal.
      try compare("container_cpu_usage_seconds_total", of: name) { try group.cpuSeconds }
      #expect(try name != "burner" || group.cpuSeconds > 0.05)
    }

    @Test func `limits are what was asked for`() throws {
      let page = try scene.nextPage()
      for name in ["shop_web.1", "shop_web.2"] {
        #expect(page["container_spec_memory_limit_bytes", labels(name)] == 67_108_864)
        #expect(page["container_spec_cpu_quota", labels(name)] == 50_000)
        #expect(page["container_spec_cpu_period", labels(name)] == 100_000)
      }
      // The engine itself calls the host's memory the limit of a container without one.
      #expect(page["container_spec_memory_limit_bytes", labels("plain")] == 0)
      #expect(page["container_spec_cpu_quota", labels("plain")] == nil)
    }

    @Test func `a container at its memory limit is told, and so is each process that is killed there`() throws {
      let group = try ControlGroup("full", of: scene.engine)
      try compare("container_memory_usage_bytes", of: "full") { try group.memoryUsage }
      let page = try scene.nextPage()
      let used = try #require(page["container_memory_working_set_bytes", labels("full")])
      let limit = try #require(page["container_spec_memory_limit_bytes", labels("full")])
      #expect(limit == 33_554_432)
      #expect(used / limit > 0.9 && used <= limit)
      let killed = try group.kills
      for _ in 1...3 {
        let dd = ["exec", "full", "dd", "if=/dev/zero", "of=/dev/null", "bs=16M", "count=1"]
        #expect(throws: TestbedError.self) { try scene.engine.docker(dd) }
      }
      #expect(try group.kills == killed + 3)
      try compare("container_oom_events_total", of: "full") { try group.kills }
      // The container itself has gone on.
      #expect(try scene.nextPage()["container_oom_events_total", labels("plain")] == 0)
    }

    @Test func `processes and the time of the start are right`() throws {
      #expect(try scene.nextPage()["container_processes", labels("crowd")] == 4)
      try compare("container_processes", of: "crowd") { try ControlGroup("crowd", of: scene.engine).processes }
      for name in ["plain", "shop_web.1"] {
        let id = try scene.engine.docker("ps", "--quiet", "--filter", "name=\(name)")
        let text = try scene.engine.docker("inspect", "--format", "{{.State.StartedAt}}", id)
        let started = try #require(try scene.nextPage()["container_start_time_seconds", labels(name)])
        #expect(try Int(started) == Int(#require(Double(engineTime: text))), "\(name)")
      }
    }

    @Test func `network traffic is what the container has counted`() throws {
      let network = try scene.engine.docker(
        "inspect", "--format", "{{.NetworkSettings.IPAddress}}", "connected")
      let block = String(repeating: "x", count: 1000)
      let send = "for i in {1..300}; do echo \(block) 2>/dev/null >/dev/udp/\(network)/9; done; true"
      try scene.engine.machine.run(["bash", "-c", send])
      func counted(_ column: Int) throws -> Double {
        let lines = try scene.engine.docker("exec", "connected", "cat", "/proc/net/dev").split(separator: "\n")
        let line = try #require(lines.first { $0.contains("eth0:") })
        return Double(line.split(separator: " ")[column]) ?? -1
      }
      // The columns of /proc/net/dev behind the name: bytes and packets received, and sent.
      for (family, column) in [
        ("receive_bytes", 1), ("receive_packets", 2), ("receive_errors", 3), ("transmit_bytes", 9),
        ("transmit_packets", 10), ("transmit_errors", 11),
      ] {
        try compare("container_network_\(family)_total", of: "connected") { try counted(column) }
      }
      #expect(try counted(1) > 300_000)
      #expect(try counted(9) > 0)
    }

    @Test func `an update that starts first is one series a slot, whose counters begin anew once`() throws {
      let names = ["shop_web.1", "shop_web.2"]
      var history: [String: [(started: Double, cpu: Double)]] = [:]
      func note(_ page: MetricsPage) {
        for name in names {
          guard let started = page["container_start_time_seconds", labels(name)],
            let cpu = page["container_cpu_usage_seconds_total", labels(name)]
          else { continue }
          if let last = history[name]?.last, last.started == started, last.cpu == cpu { continue }
          history[name, default: []].append((started, cpu))
        }
        // Two containers of a slot would be one series twice, which a page cannot be read with.
        #expect(page.samples(of: "container_last_seen", with: ["service": "shop_web"]).count <= 2)
      }
      note(try scene.nextPage())
      try scene.engine.docker(
        "service", "update", "--detach", "--no-resolve-image", "--args", "sleep infinity", "shop_web")
      try eventually(within: .seconds(60), every: .milliseconds(100), "the end of the update") {
        note(try scene.vitals.page())
        let state = try scene.engine.docker("service", "inspect", "--format", "{{.UpdateStatus.State}}", "shop_web")
        return state == "completed" && names.allSatisfy { Set((history[$0] ?? []).map(\.started)).count == 2 }
      }
      for _ in 1...3 { note(try scene.nextPage()) }
      for name in names {
        let seen = try #require(history[name])
        let starts = seen.map(\.started)
        #expect(Set(starts).count == 2 && starts == starts.sorted(), "\(name): \(starts)")
        let resets = zip(seen, seen.dropFirst()).filter { $1.cpu < $0.cpu }
        #expect(resets.count == 1, "\(name): \(seen)")
      }
    }

    @Test func `a container that comes and goes is there while it runs`() throws {
      try scene.engine.docker("run", "--detach", "--name", "guest", "--network", "none", TestImage.name)
      let guest = labels("guest")
      try scene.vitals.waitForPage("the guest") { $0["container_last_seen", guest] != nil }
      try scene.engine.docker("rm", "--force", "guest")
      try scene.vitals.waitForPage("the end of the guest") { $0["container_last_seen", guest] == nil }
      // Many that end at once, most of them while they are asked about.
      for _ in 1...5 { try scene.engine.docker("run", "--rm", "--network", "none", TestImage.name, "sleep", "0.2") }
      let page = try scene.nextPage()
      #expect(page["containers_left_out", ["reason": "error", "node": "node"]] == 0)
      #expect(page["vitals_collector_errors_total", ["collector": "containers"]] == 0)
    }

    @Test func `promtool has nothing to say, and only GET and HEAD reach the engine`() throws {
      #expect(try Promtool.complaints(of: scene.vitals.get("/metrics").text) == [])
      let lines = scene.relay.requestLines
      #expect(lines.count > 10)
      for line in lines {
        #expect(line.hasPrefix("GET /v1.41/") || line.hasPrefix("HEAD /_ping "), "\(line)")
      }
    }
  }
}

extension ContainerScene {
  /// A page of a refresh that has begun after this was called.
  func nextPage() throws -> MetricsPage {
    func seen(_ page: MetricsPage) -> Double { page.samples(of: "container_last_seen").values.max() ?? 0 }
    let now = Date().timeIntervalSince1970
    return try eventually(within: .seconds(20), every: .milliseconds(50), "another refresh") {
      let page = try vitals.page()
      return seen(page) > now ? page : nil
    }
  }
}
