import Foundation
import Testing

/// The testbed's Docker Engines: each starts, runs services, dies and leaves nothing behind.
@Suite(.serialized, .engine, .timeLimit(.minutes(5)))
struct EngineTestbedTests {
  @Test func `one engine runs a service in a swarm and leaves nothing behind`() throws {
    let before = try Traces.now()
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
    engine.stop()
    #expect(try Traces.now() == before)
  }

  @Test func `two engines form one swarm, and one survives the other`() throws {
    let before = try Traces.now()
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
    lab.stop()
    #expect(try Traces.now() == before)
  }

  /// What an engine could leave behind on this machine, of this test run.
  private struct Traces: Equatable {
    var links: [String]
    var mounts: [String]
    var groups: [String]
    var processes: [String]

    static func now() throws -> Traces {
      let names = [Scratch.root, Scratch.memory].map { URL(fileURLWithPath: $0).lastPathComponent }
      func ours(_ lines: String) -> [String] {
        lines.split(separator: "\n").map(String.init).filter { line in names.contains { line.contains($0) } }
      }
      let links = try FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")
      return Traces(
        links: links.filter { $0.hasPrefix(Hub.linkPrefix) },
        mounts: ours(try String(contentsOfFile: "/proc/mounts", encoding: .utf8)),
        groups: ours(try Subprocess.run(["find", "/sys/fs/cgroup", "-type", "d"])),
        processes: ours(try Subprocess.run(["ps", "-eo", "pid,args"])))
    }
  }
}
