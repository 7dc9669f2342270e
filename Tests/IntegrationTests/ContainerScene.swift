import Foundation
import Testing

/// An engine with containers of every kind, and `vitals serve` that watches it through a relay.
final class ContainerScene: Scene {
  /// The scene of the tests that run at present.
  @TaskLocal static var current: ContainerScene?
  static var holder: TaskLocal<ContainerScene?> { $current }

  private static let image = "containers-test:1"

  let engine: DockerEngine
  let relay: SwarmRelay
  let vitals: VitalsProcess

  init() throws {
    engine = try DockerEngine(.init(hasTestImage: false))
    var endings: [() -> Void] = [engine.stop]
    do {
      let programs = try ["bash", "sh", "sleep", "cat", "dd"].map(Tool.path)
      try TestImage.load(programs, as: Self.image, into: engine)
      try TestImage.load(programs, as: TestImage.name, into: engine)
      try engine.initializeSwarm()
      relay = try SwarmRelay(to: engine.socketPath)
      endings.append(relay.stop)
      try Self.run(on: engine)
      vitals = try VitalsProcess(serve: ["--docker-host", relay.host, "--collect", "containers", "--refresh", "500ms"])
      endings.append(vitals.kill)
      try vitals.waitForPage("all containers") { page in
        let names = page.samples(of: "container_last_seen").keys.compactMap { $0.labels["name"] }
        guard Set(names).isSuperset(of: Self.names) else { throw TestbedError("\(names)") }
        return true
      }
    } catch {
      for ending in endings.reversed() { ending() }
      throw error
    }
  }

  func stop() {
    vitals.kill()
    relay.stop()
    engine.stop()
  }

  /// The label `name` of each container that stays.
  static let names: Set = [
    "shop_web.1", "shop_web.2", "everywhere.node", "plain", "burner", "full", "crowd", "connected", "sharing",
  ]

  private static func run(on engine: DockerEngine) throws {
    let stack = ["--container-label", "com.docker.stack.namespace=shop", "--update-order", "start-first"]
    let limits = ["--limit-cpu", "0.5", "--limit-memory", "64M"]
    // What an old container has used up tells it from a new one.
    try engine.createService(
      "shop_web", ["--replicas", "2"] + stack + limits,
      command: ["sh", "-c", "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done; sleep infinity"])
    try engine.createService("everywhere", ["--mode", "global"])
    func run(_ name: String, _ options: [String] = [], _ script: String = "sleep infinity") throws {
      try engine.docker(["run", "--detach", "--name", name] + options + [image, "sh", "-c", script])
    }
    try run("plain", ["--network", "none"])
    try run("sharing", ["--network", "host"])
    try run("burner", ["--network", "none"], "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep infinity")
    // Memory that is no cache: a file in memory, 30 of 32 MiB.
    let full = ["--network", "none", "--memory", "32m", "--memory-swap", "32m", "--shm-size", "64m"]
    try run("full", full, "dd if=/dev/zero of=/dev/shm/fill bs=1M count=30 && sleep infinity")
    try run("crowd", ["--network", "none"], "sleep infinity & sleep infinity & sleep infinity & wait")
    try run("connected")
    try engine.waitForRunning(2, of: "shop_web")
    try engine.waitForRunning(1, of: "everywhere")
  }
}

extension Trait where Self == SceneTrait<ContainerScene> {
  /// Gives a suite one ``ContainerScene``, which ends with its last test.
  static var containerScene: Self { Self() }
}

/// What the kernel tells of a container's control group, in either version.
struct ControlGroup {
  private let directory: (_ controller: String) -> String
  private let isUnified: Bool

  /// The group of a container, by its id or the start of its name.
  init(_ name: String, of engine: DockerEngine) throws {
    let id = try engine.docker("ps", "--quiet", "--no-trunc", "--filter", "name=\(name)")
    let root = "/sys/fs/cgroup"
    let isUnified = FileManager.default.fileExists(atPath: "\(root)/cgroup.controllers")
    let found = try Subprocess.run(["find", isUnified ? root : "\(root)/memory", "-type", "d", "-name", "*\(id)*"])
    let path = found.split(separator: "\n").first.map {
      String($0.dropFirst("\(root)/\(isUnified ? "" : "memory/")".count))
    }
    guard let path, !id.isEmpty else { throw TestbedError("no control group of \(name)") }
    self.isUnified = isUnified
    directory = { isUnified ? "\(root)/\(path)" : "\(root)/\($0)/\(path)" }
  }

  var cpuSeconds: Double {
    get throws {
      try isUnified
        ? value("usage_usec", in: "cpu.stat", of: "cpu") / 1e6 : value(nil, in: "cpuacct.usage", of: "cpuacct") / 1e9
    }
  }

  var memoryUsage: Double {
    get throws { try value(nil, in: isUnified ? "memory.current" : "memory.usage_in_bytes", of: "memory") }
  }

  /// How many processes were killed because there was no memory.
  var kills: Double {
    get throws { try value("oom_kill", in: isUnified ? "memory.events" : "memory.oom_control", of: "memory") }
  }

  var processes: Double {
    get throws { try value(nil, in: "pids.current", of: "pids") }
  }

  /// The number in a file, or behind a key in one.
  private func value(_ key: String?, in file: String, of controller: String) throws -> Double {
    let text = try String(contentsOfFile: "\(directory(controller))/\(file)", encoding: .utf8)
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if key == nil || words.first.map(String.init) == key, let value = words.last.flatMap({ Double($0) }) {
        return value
      }
    }
    throw TestbedError("no \(key ?? "number") in \(file)")
  }
}
