import Foundation
import Testing

extension EngineTests {
  /// The program as a global service of a swarm: on a manager, on a worker, and where its engine fails.
  @Suite(.timeLimit(.minutes(5)))
  struct ContainerAgentTests {
    private static let image = "vitals-agent:1"
    private static let port = 8080

    @Test func `an agent on each node tells of that node's containers and disk, and of its engine's failures`() throws {
      let lab = try SwarmLab(nodes: 2, isReachable: true)
      defer { lab.stop() }
      for engine in lab.engines {
        try TestImage.load([VitalsProcess.binary, Tool.path("sleep")], as: Self.image, into: engine)
      }
      try lab.engines[0].createService("web", ["--mode", "global"])
      try Self.createAgents(on: lab)
      for (index, engine) in lab.engines.enumerated() {
        let name = "node\(index + 1)"
        let page = try Self.page(of: engine) { page in
          ["web", "vitals-agent"].allSatisfy { page["container_last_seen", Self.labels($0, on: name)] != nil }
            && !page.samples(of: "node_filesystem_files", with: ["node": name]).isEmpty
        }
        // Its own container, and the other one.
        #expect(page.samples(of: "container_last_seen").count == 2)
        #expect(page.samples.keys.allSatisfy { $0.labels["node"] == name || $0.labels["node"] == nil })
        #expect(page["container_spec_memory_limit_bytes", Self.labels("vitals-agent", on: name)] == 268_435_456)
        #expect(page["container_oom_events_total", Self.labels("vitals-agent", on: name)] == 0)
        for collector in ["containers", "filesystem"] {
          #expect(page["vitals_collector_up", ["collector": collector]] == 1, "\(collector) on \(name)")
        }
        #expect(page["vitals_collector_up", ["collector": "swarm"]] == nil)
        // The root of a container, whose space is that of the engine's data.
        let root = ["device": "overlay", "fstype": "overlay", "mountpoint": "/", "node": name]
        let data = try engine.docker("info", "--format", "{{.DockerRootDir}}")
        let size = try Subprocess.run(["df", "--block-size=1", "--output=size", data]).split(separator: "\n").last
        #expect(page["node_filesystem_size_bytes", root] == size.flatMap { Double($0.filter(\.isNumber)) })
        #expect(page["node_filesystem_readonly", root] == 0)
        #expect(!engine.logText.contains("not a swarm manager"))
      }
      try Self.failEngine(lab.engines[1])
    }

    /// As docs/configuration.md has it, with a port of the node's that the test can reach.
    private static func createAgents(on lab: SwarmLab) throws {
      for engine in lab.engines { try engine.machine.run(["ln", "-s", engine.socketPath, "/run/docker.sock"]) }
      try lab.engines[0].docker(
        "service", "create", "--detach", "--no-resolve-image", "--endpoint-mode", "dnsrr", "--name", "vitals-agent",
        "--mode", "global", "--user", "65532:0", "--read-only", "--cap-drop", "ALL", "--limit-memory", "256M",
        "--mount", "type=bind,source=/run/docker.sock,target=/var/run/docker.sock,readonly",
        "--publish", "mode=host,target=\(port),published=\(port)", "--entrypoint", VitalsProcess.binary, image, "serve",
        "--collect", "containers", "--collect", "filesystem", "--refresh", "1s")
    }

    private static func labels(_ service: String, on node: String) -> [String: String] {
      ["name": "\(service).\(node)", "stack": "", "service": service, "slot": "", "node": node]
    }

    /// The page of a node's agent, as soon as it is as `condition` wants it.
    private static func page(of engine: DockerEngine, _ condition: (MetricsPage) -> Bool) throws -> MetricsPage {
      let address = try #require(engine.address)
      return try eventually(within: .seconds(60), every: .milliseconds(200), "the agent at \(address)") {
        let answer = try HTTPClient.get("/metrics", at: .ipv4(address, port))
        let page = try MetricsPage(answer.text)
        return condition(page) ? page : nil
      }
    }

    /// A worker's engine forbids, hangs, dies and comes back, under a program that outlives it.
    private static func failEngine(_ engine: DockerEngine) throws {
      let labels = labels("web", on: "node2")
      let arguments = ["--collect", "containers", "--collect", "filesystem", "--refresh", "500ms"]
      let stranger = try VitalsProcess(
        ["serve", "--listen", "127.0.0.1:0", "--docker-host", engine.host] + arguments,
        prefix: [Tool.path("setpriv"), "--reuid", "65532", "--regid", "65532", "--clear-groups"])
      defer { stranger.kill() }
      try stranger.waitForLine(containing: "permission denied: the socket belongs to group 0")
      try stranger.waitForPage("failures") { errors($0) >= 3 }
      try expectNothing(of: stranger)
      // What needs no engine is there, without the name that only an engine knows.
      #expect(
        try stranger.page().samples(of: "node_filesystem_size_bytes").keys.allSatisfy { $0.labels["node"] == nil })

      let vitals = try VitalsProcess(serve: ["--docker-host", engine.host] + arguments)
      defer { vitals.kill() }
      func expectUp() throws {
        try vitals.waitForPage("the containers") { page in
          page["vitals_collector_up", ["collector": "containers"]] == 1
            && page["container_last_seen", labels] != nil
        }
      }
      try expectUp()
      try expectDown(vitals, labels, isSilent: true) { try engine.pauseDaemon() }
      engine.resumeDaemon()
      try expectUp()
      try expectDown(vitals, labels) { engine.killDaemon() }
      try engine.startDaemon()
      try expectUp()
    }

    private static func errors(_ page: MetricsPage) -> Double {
      page["vitals_collector_errors_total", ["collector": "containers"]] ?? 0
    }

    /// Makes an engine fail, and waits until the families of containers are gone: after three refreshes that failed and
    /// not before.
    ///
    /// - Parameter isSilent: whether refreshes hang, of which one takes longer than three that are refused.
    private static func expectDown(
      _ vitals: VitalsProcess, _ labels: [String: String], isSilent: Bool = false, by fail: () throws -> Void
    ) throws {
      let before = errors(try vitals.page())
      try fail()
      var stayed = false
      try vitals.waitForPage("the end of the containers' families") { page in
        let missed = errors(page) - before
        let isThere = page["container_last_seen", labels] != nil
        if missed < (isSilent ? 1 : 3) { #expect(isThere, "after \(missed) refreshes that failed") }
        stayed = stayed || isThere && missed > 0
        return !isThere
      }
      #expect(stayed)
      try expectNothing(of: vitals)
    }

    /// Looks at a service that has nothing to tell of containers.
    private static func expectNothing(of vitals: VitalsProcess) throws {
      let page = try vitals.page()
      #expect(page["vitals_collector_up", ["collector": "containers"]] == 0)
      #expect(page.families.keys.allSatisfy { !$0.hasPrefix("container") })
      #expect(page["vitals_collector_up", ["collector": "filesystem"]] == 1)
      #expect(!page.samples(of: "node_filesystem_avail_bytes").isEmpty)
      #expect(try vitals.get("/health/live", within: .seconds(1)).status == 200)
    }
  }
}
