import Foundation
import Testing

extension EngineTests {
  /// The testbed's Docker Engines: each starts, runs services, dies and leaves nothing behind.
  @Suite(.timeLimit(.minutes(5)))
  struct TestbedTests {
    @Test func `one engine runs a service in a swarm and leaves nothing behind`() throws {
      let engine = try DockerEngine()
      defer { engine.stop() }
      try engine.initializeSwarm()
      try engine.createService("web", ["--replicas", "2"])
      try engine.waitForRunning(2, of: "web")
      #expect(try engine.docker("node", "ls", "--format", "{{.Hostname}}") == "node")
      #expect(try engine.get("/v1.41/services").text.contains("\"web\""))

      engine.killDaemon()
      #expect(throws: TestbedError.self) { try engine.get("/_ping") }
      try engine.startDaemon()

      try engine.pauseDaemon()
      #expect(throws: TestbedError.self) {
        try HTTPClient.get("/_ping", at: .unix(engine.socketPath), within: .seconds(1))
      }
      engine.resumeDaemon()
      #expect(try engine.get("/_ping").status == 200)

      try engine.leaveSwarm()
      #expect(try !Traces.of(engine.traceNames).isEmpty)
      engine.stop()
      #expect(try Traces.of(engine.traceNames) == [])
    }

    @Test func `two engines form one swarm, and one survives the other`() throws {
      let lab = try SwarmLab(nodes: 2, isReachable: true)
      defer { lab.stop() }
      let manager = lab.engines[0]
      try manager.createService("everywhere", ["--mode", "global"])
      try manager.waitForRunning(2, of: "everywhere")
      let address = try #require(manager.address)
      #expect(try HTTPClient.get("/_ping", at: .ipv4(address, 2375)).status == 200)

      lab.engines[1].kill()
      try eventually(within: .seconds(60), every: .milliseconds(200), "node2 down") {
        try manager.docker("node", "ls", "--format", "{{.Hostname}} {{.Status}}").contains("node2 Down")
      }
      let names = lab.engines.flatMap(\.traceNames) + [Hub.linkPrefix]
      lab.stop()
      #expect(try Traces.of(names) == [])
    }
  }
}
