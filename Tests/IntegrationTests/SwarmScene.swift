import Foundation
import Testing

/// A one-node swarm with services in every condition, and `vitals serve` that watches it through a relay.
final class SwarmScene: Scene {
  /// The scene of the tests that run at present.
  @TaskLocal static var current: SwarmScene?
  static var holder: TaskLocal<SwarmScene?> { $current }

  static let nodeLabel = "rack"
  /// The swarm alone, asked more often than each 10 s: these tests wait for its refreshes.
  static let flags = ["--collect", "swarm", "--refresh", "1s"]

  let engine: DockerEngine
  let relay: SwarmRelay
  let vitals: VitalsProcess
  let failures: SwarmFailureWatch

  init() throws {
    engine = try DockerEngine()
    var endings: [() -> Void] = [engine.stop]
    do {
      try engine.initializeSwarm()
      try engine.docker("node", "update", "--label-add", "\(Self.nodeLabel)=a1", "node")
      relay = try SwarmRelay(to: engine.socketPath)
      endings.append(relay.stop)
      vitals = try VitalsProcess(
        serve: SwarmScene.flags + ["--docker-host", relay.host, "--node-label", Self.nodeLabel])
      endings.append(vitals.kill)
      // What fails before the first refresh is not counted.
      try vitals.waitForPage("the first refresh") {
        $0["swarm_up"] == 1 && $0["swarm_services", ["mode": "global"]] == 0
      }
      failures = SwarmFailureWatch(engine)
      endings.append(failures.stop)
      try createServices()
    } catch {
      for ending in endings.reversed() { ending() }
      throw error
    }
  }

  func stop() {
    failures.stop()
    vitals.kill()
    relay.stop()
    engine.stop()
  }

  /// Changes the command of a service's tasks.
  func update(_ service: String, to script: String) throws {
    try engine.docker("service", "update", "--detach", "--no-resolve-image", "--args", "-c '\(script)'", service)
  }

  /// What each task that fails does: it runs for as long as it takes to be seen.
  private static func exit(_ code: Int, after seconds: Int = 1) -> [String] {
    ["sh", "-c", "sleep \(seconds); exit \(code)"]
  }

  private func createServices() throws {
    let stack = ["--label", "com.docker.stack.namespace=shop"]
    let resources = [
      "--limit-cpu", "0.5", "--limit-memory", "64M", "--reserve-cpu", "0.1", "--reserve-memory", "32M",
      "--replicas-max-per-node", "4",
    ]
    try engine.createService("shop_web", ["--replicas", "2"] + stack + resources)
    try engine.createService("everywhere", ["--mode", "global", "--reserve-memory", "16M"])
    try engine.createService("idle", ["--replicas", "0"])
    try engine.createService("done", ["--mode", "replicated-job", "--replicas", "3"], command: Self.exit(0))
    try engine.createService("working", ["--mode", "replicated-job", "--replicas", "4", "--max-concurrent", "2"])
    try engine.createService("done-everywhere", ["--mode", "global-job"], command: Self.exit(0))
    try engine.createService("working-everywhere", ["--mode", "global-job"])
    try engine.createService("homeless", ["--replicas", "2", "--constraint", "node.labels.rack==nowhere"])
    try engine.createService("greedy", ["--reserve-memory", "9000G"])
    // For ever, and three times; the engine keeps all failures of the latter.
    try engine.createService("crashing", ["--restart-delay", "4s"], command: Self.exit(3))
    let thrice = ["--restart-max-attempts", "2", "--restart-delay", "1s"]
    try engine.createService("killed", thrice, command: Self.exit(137))
    try engine.createService("ending", thrice, command: Self.exit(0))
    let health = ["--health-cmd", "sh -c 'exit 1'", "--health-interval", "1s", "--health-retries", "1"]
    try engine.createService("unhealthy", thrice + health)
    try engine.docker(
      ["service", "create", "--detach", "--no-resolve-image", "--endpoint-mode", "dnsrr", "--name", "rejected"]
        + thrice + ["no-such-image:1"])
    for (name, action) in [("pausing", "pause"), ("rolling-back", "rollback"), ("upgrading", "pause")] {
      // The script is an argument of the shell's, so that an update can replace it.
      let options = ["--replicas", "2", "--update-failure-action", action, "--update-monitor", "10s"]
      try engine.createService(
        name, options + ["--rollback-monitor", "2s", "--restart-delay", "2s", "--entrypoint", "sh"],
        command: ["-c", "sleep infinity"])
    }
    try engine.createService("stuck", ["--replicas", "2"])
  }
}

extension Trait where Self == SceneTrait<SwarmScene> {
  /// Gives a suite one ``SwarmScene``, which ends with its last test.
  static var swarmScene: Self { Self() }
}

/// Remembers every failed task that an engine ever shows, also those that the engine has forgotten since.
final class SwarmFailureWatch: Sendable {
  private let seen = Monitor<[String: [String: String]]>([:])
  private let isStopped = Monitor(false)

  init(_ engine: DockerEngine) {
    Thread.detachNewThread { [seen, isStopped] in
      while isStopped.wait(within: .milliseconds(500), for: { $0 ? true : nil }) == nil {
        guard let tasks = try? Self.failures(engine) else { continue }
        seen.withLock { seen in
          for task in tasks { seen[task.service, default: [:]][task.id] = task.reason }
        }
      }
    }
  }

  func stop() {
    isStopped.withLock { $0 = true }
  }

  /// The failures of a service so far, by reason.
  func counts(of service: String) -> [String: Int] {
    seen.withLock { Dictionary(($0[service] ?? [:]).values.map { ($0, 1) }, uniquingKeysWith: +) }
  }

  private static func failures(_ engine: DockerEngine) throws -> [(service: String, id: String, reason: String)] {
    let services: [SwarmView.Object] = try SwarmView.get("/services", engine)
    let tasks: [SwarmView.Object] = try SwarmView.get("/tasks", engine)
    let names = Dictionary(
      services.map { ($0.text("ID") ?? "", $0.text("Spec", "Name") ?? "") }, uniquingKeysWith: { $1 })
    return tasks.compactMap { task in
      let reason: String
      switch SwarmView.state(task) {
      case "rejected": reason = "rejected"
      case "failed" where task.text("Status", "Err")?.contains("unhealthy") == true: reason = "unhealthy"
      case "failed": reason = task.number("Status", "ContainerStatus", "ExitCode") == 137 ? "oom" : "exit"
      default: return nil
      }
      guard let service = names[task.text("ServiceID") ?? ""] else { return nil }
      return (service, task.text("ID") ?? "", reason)
    }
  }
}
