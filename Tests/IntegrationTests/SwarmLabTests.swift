import Foundation
import Testing

extension EngineTests {
  /// `scripts/swarm-lab`: it starts, says how it is, loses nodes and networks, and leaves nothing behind.
  @Suite(.timeLimit(.minutes(5)))
  struct SwarmLabTests {
    @Test func `a laboratory starts, loses a node and a network, and leaves nothing behind`() throws {
      let lab = try StackLab(nodes: 2, managers: 1, isSwarm: true, vitals: nil)
      defer { lab.stop() }
      let (manager, worker) = (lab.nodes[0], lab.nodes[1])
      let status = try lab.status
      #expect(status.isUp)
      #expect(status.columns(of: "node1").dropFirst(2) == ["up", "manager", "0"])
      #expect(status.columns(of: "node2").dropFirst(2) == ["up", "worker", "0"])
      #expect(status.columns(of: "registry").last == "up")
      let registry = try #require(status.columns(of: "registry").dropFirst().first)
      #expect(try HTTPClient.get("/v2/", at: .ipv4(registry, 5000)).status == 200)

      // What is up already stays as it is.
      try Subprocess.run(StackLab.command("up", lab.name), within: .seconds(60))

      try lab.cut(worker)
      #expect(try !lab.status.isUp)
      #expect(try lab.status.columns(of: "node2")[2] == "cut")
      try lab.mend(worker)
      #expect(try lab.status.isUp)

      try lab.docker(["volume", "create", "kept"], on: worker)
      #expect(try lab.separations(among: lab.nodes) == [])
      try lab.kill(worker)
      #expect(try !lab.status.isUp)
      #expect(try lab.status.columns(of: "node2")[2] == "off")
      #expect(throws: TestbedError.self) { try HTTPClient.get("/_ping", at: .unix(worker.socketPath)) }
      let separation = try eventually(within: .seconds(60), every: .milliseconds(200), "node1 takes node2 for dead") {
        try lab.separations(among: lab.nodes).first
      }
      #expect(separation.upperBound == .infinity)
      #expect(try lab.separations(among: [manager]) == [])
      try lab.start(worker)
      #expect(try lab.docker(["volume", "ls", "--quiet"], on: worker) == "kept")
      try eventually(within: .seconds(60), every: .milliseconds(200), "node2 is back") {
        try lab.docker(["node", "ls", "--format", "{{.Hostname}} {{.Status}}"], on: manager).contains("node2 Ready")
      }
      try eventually(within: .seconds(60), every: .milliseconds(200), "node1 hears of node2 again") {
        try lab.separations(among: lab.nodes).map {
          $0.lowerBound == separation.lowerBound && $0.upperBound < .infinity
        }
          == [true]
      }

      let names = try traceNames(of: lab.name)
      #expect(try !Traces.of(names).isEmpty)
      lab.stop()
      #expect(try Traces.of(names) == [])
      // There is nothing to remove any more, and that is no mistake.
      try Subprocess.run(StackLab.command("down", lab.name))
    }

    @Test func `images are pushed on one node and pulled on another, by name and as from Docker Hub`() throws {
      let lab = try StackLab(nodes: 2, vitals: nil)
      defer { lab.stop() }
      let (first, second) = (lab.nodes[0], lab.nodes[1])
      #expect(try lab.status.columns(of: "node1")[3] == "none")
      let file = try TestImage.archive.get()
      for name in ["registry:5000/small:1", "registry:5000/library/postgres:15"] {
        try lab.docker(["import", file, name], on: first)
        try lab.docker(["push", "--quiet", name], on: first)
      }
      try lab.docker(["pull", "--quiet", "registry:5000/small:1"], on: second)
      try lab.docker(["pull", "--quiet", "postgres:15"], on: second)
      #expect(throws: TestbedError.self) { try lab.docker(["pull", "--quiet", "redis:7.0"], on: second) }
    }

    @Test func `what a killed start has left is removed, and nothing of the laboratory beside it`() throws {
      let other = try StackLab(nodes: 1, vitals: nil)
      defer { other.stop() }
      let name = "\(other.name)-x"
      let cleanup = CrashGuard.shared.add(StackLab.command("down", name).joined(separator: " "))
      defer { if (try? Subprocess.run(StackLab.command("down", name))) != nil { cleanup.remove() } }

      let start = try Subprocess(
        StackLab.command("up", name, ["2", "--no-images"]), output: .file("\(Scratch.root)/\(name).log"))
      let settings = "\(StackLab.root)/\(name)/settings"
      try eventually(within: .seconds(60)) {
        FileManager.default.fileExists(atPath: "\(StackLab.root)/\(name)/node1/up")
      }
      start.signal(SIGKILL)
      #expect(start.wait(within: .seconds(10)) == .signal(SIGKILL))
      #expect(FileManager.default.fileExists(atPath: settings))
      let names = try traceNames(of: name)
      #expect(try Subprocess.outcome(StackLab.command("status", name)).exit == .code(1))

      try Subprocess.run(StackLab.command("down", name), within: .seconds(60))
      #expect(try Traces.of(names) == [])
      #expect(try other.status.isUp)
    }

    @Test func `an interrupted start removes what it has made`() throws {
      let name = "test-\(UInt32.random(in: 0...UInt32.max))"
      let cleanup = CrashGuard.shared.add(StackLab.command("down", name).joined(separator: " "))
      defer { if (try? Subprocess.run(StackLab.command("down", name))) != nil { cleanup.remove() } }
      let start = try Subprocess(
        StackLab.command("up", name, ["1", "--no-images"]), output: .file("\(Scratch.root)/\(name).log"))
      try eventually(within: .seconds(60)) {
        FileManager.default.fileExists(atPath: "\(StackLab.root)/\(name)/node1/up")
      }
      let names = try traceNames(of: name)
      start.signal(SIGINT)
      #expect(start.wait(within: .seconds(60)) == .code(130))
      #expect(try Traces.of(names) == [])
    }

    @Test(arguments: [
      [], ["fly"], ["up", "0"], ["up", "many"], ["up", "1", "2"], ["up", "--managers"], ["up", "--managers", "0"],
      ["up", "--fast"], ["kill"], ["status", "node1"], ["up", "--name", "../x"], ["up", "--name", "cache"],
    ])
    func `a wrong command line is refused before anything is made`(arguments: [String]) throws {
      let outcome = try Subprocess.outcome(["\(Tool.packageDirectory)/scripts/swarm-lab"] + arguments)
      #expect(outcome.exit == .code(64))
      #expect(outcome.errorOutput.hasPrefix("swarm-lab: "))
    }

    @Test func `without root it says so`() throws {
      let script = "\(Tool.packageDirectory)/scripts/swarm-lab"
      let copy = try Scratch.directory("script")
      try Subprocess.run(["cp", "--recursive", script, "\(script).d", copy])
      let outcome = try Subprocess.outcome(
        ["setpriv", "--reuid=65534", "--clear-groups", "\(copy)/swarm-lab", "up", "--directory", "/tmp/x"])
      #expect(outcome.exit == .code(1))
      #expect(outcome.errorOutput.contains("needs root"))
    }

    /// What the names of all that a laboratory makes contain: its paths and its control groups.
    private func traceNames(of name: String) throws -> [String] {
      let settings = try String(contentsOfFile: "\(StackLab.root)/\(name)/settings", encoding: .utf8)
      let cgroup = settings.split(separator: "\n").first { $0.hasPrefix("cgroup=") }?.dropFirst("cgroup=".count)
      return ["\(StackLab.root)/\(name)/", String(try #require(cgroup))]
    }
  }
}
