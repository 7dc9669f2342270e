import Foundation
import Glibc

/// The swarm of a ``RealRun``: a manager that runs the services, two more nodes, and an agent for each.
final class RealRunSwarm: Sendable {
  private let lab: SwarmLab
  /// In the order of the nodes; the first has the filesystem.
  let agents: [VitalsProcess]
  private let disk: String
  private let mount: CrashGuard.Token

  /// - Parameters:
  ///   - lab: three nodes, of which the first is the manager.
  ///   - mail: what the second agent takes for the port of a service that others find elsewhere.
  init(_ lab: SwarmLab, mail: Int) throws {
    self.lab = lab
    disk = try Scratch.directory("disk")
    mount = CrashGuard.shared.add("umount --lazy \(disk)")
    var agents: [VitalsProcess] = []
    do {
      let options = "size=16m,nr_inodes=100,mode=755"
      try Subprocess.run(["mount", "-t", "tmpfs", "-o", options, "vitals-test", disk])
      try lab.engines[0].docker("node", "update", "--label-add", "rack=a1", "node1")
      for engine in lab.engines {
        let isFirst = engine === lab.engines[0]
        let collect = isFirst ? ["--collect", "filesystem", "--filesystem", disk] : []
        let check =
          engine === lab.engines[1]
          ? ["--interval", "500ms", "--check", "mail=tcp://127.0.0.1:\(mail),critical=false"] : []
        agents.append(
          try VitalsProcess(
            serve: ["--refresh", "1s", "--drain", "0s", "--docker-host", engine.host, "--collect", "containers"]
              + collect + check))
      }
    } catch {
      Self.end(agents, disk)
      throw error
    }
    self.agents = agents
  }

  /// The engine of the node that runs the services.
  var manager: DockerEngine { lab.engines[0] }

  func stop() {
    Self.end(agents, disk)
    lab.stop()
    mount.remove()
  }

  private static func end(_ agents: [VitalsProcess], _ disk: String) {
    for agent in agents { agent.kill() }
    _ = umount2(disk, Int32(MNT_DETACH))
  }

  // MARK: Services

  /// Makes services in good order, those without replicas for what happens later.
  func createServices() throws {
    let stack = ["--label", "com.docker.stack.namespace=shop", "--container-label", "com.docker.stack.namespace=shop"]
    let resources = [
      "--limit-cpu", "0.5", "--limit-memory", "64M", "--reserve-cpu", "0.01", "--reserve-memory", "8M",
      "--replicas-max-per-node", "4",
    ]
    // Containers on each node, of which its agent tells.
    try manager.createService("everywhere", ["--mode", "global"])
    try create("shop_web", ["--replicas", "2"] + stack + resources)
    try create("migrate", ["--mode", "replicated-job"], "exit 0")
    try create("leaving")
    try create("full", ["--limit-memory", "32M", "--mount", "type=tmpfs,destination=/fill"])
    try create("burning", ["--replicas", "0", "--limit-cpu", "0.1"], "while :; do :; done")
    try create("homeless", ["--replicas", "0", "--constraint", "node.labels.rack==nowhere"])
    try create("crashing", ["--replicas", "0", "--restart-delay", "1s"], "sleep 1; exit 3")
    try create(
      "hungry", ["--replicas", "0", "--restart-delay", "5s", "--limit-memory", "32M"],
      "exec dd if=/dev/zero of=/dev/null bs=300M count=1")
    for (name, action) in [("pausing", "pause"), ("rolling-back", "rollback"), ("stuck", "pause")] {
      try create(
        name, ["--update-failure-action", action, "--rollback-monitor", "1s", "--restart-delay", "2s"])
    }
  }

  /// Waits until all that is to run runs.
  func awaitServices() throws {
    for (service, count) in [("shop_web", 2), ("everywhere", 3), ("full", 1), ("stuck", 1), ("rolling-back", 1)] {
      try manager.waitForRunning(count, of: service)
    }
  }

  private func create(_ name: String, _ options: [String] = [], _ script: String = "sleep infinity") throws {
    try manager.createService(
      name, options + ["--constraint", "node.hostname==node1", "--entrypoint", "sh"], command: ["-c", script])
  }

  private func update(_ service: String, _ options: String...) throws {
    try manager.docker(["service", "update", "--detach", "--no-resolve-image"] + options + [service])
  }

  // MARK: What happens to the services and their containers

  var conditions: [RealRunCondition] {
    func service(_ name: String) -> [String: String] { ["service": name] }
    let mounted = ["mountpoint": disk, "node": "node1"]
    return [
      RealRunCondition(
        "a service may run nowhere",
        [
          "SwarmTasksPending": service("homeless"), "SwarmServiceDown": service("homeless"),
          "SwarmServiceDegraded": service("homeless"), "SwarmHealthScoreLow": [:],
        ]
      ) { [self] in try update("homeless", "--replicas", "1") },
      RealRunCondition(
        "tasks fail again and again",
        ["SwarmServiceCrashLooping": service("crashing"), "SwarmTasksFailing": service("crashing")]
      ) { [self] in try update("crashing", "--replicas", "1") },
      RealRunCondition(
        "a task needs more memory than it may have", ["SwarmServiceOutOfMemory": service("hungry")]
      ) { [self] in try update("hungry", "--replicas", "1") },
      RealRunCondition("an update fails and stops", ["SwarmServiceUpdatePaused": service("pausing")]) { [self] in
        try update("pausing", "--args", "-c 'exit 1'")
      },
      RealRunCondition(
        "an update fails and is rolled back", ["SwarmServiceRolledBack": service("rolling-back")]
      ) { [self] in try update("rolling-back", "--args", "-c 'exit 1'") },
      RealRunCondition(
        "an update wants a node that is not there", ["SwarmServiceUpdateStuck": service("stuck")]
      ) { [self] in try update("stuck", "--constraint-add", "node.labels.rack==nowhere") },
      RealRunCondition("a service is removed", ["SwarmServiceMissing": service("leaving")]) { [self] in
        try manager.docker("service", "rm", "leaving")
      },
      RealRunCondition(
        "a container has 30 of 32 MiB in a file in memory",
        ["ContainerMemoryNearLimit": ["name": "full.1", "service": "full", "node": "node1"]], make: fillMemory),
      RealRunCondition(
        "a container wants ten times the processor that it may have",
        ["ContainerCPUThrottled": ["name": "burning.1", "node": "node1"]]
      ) { [self] in try update("burning", "--replicas", "1") },
      RealRunCondition(
        "a disk fills, by size and by number",
        ["NodeDiskSpaceLow": mounted, "NodeInodesLow": mounted, "NodeDiskFillsIn24h": mounted], make: fillDisk),
    ]
  }

  private func fillMemory() throws {
    let container = try manager.docker("ps", "--quiet", "--filter", "name=full.1")
    try manager.docker("exec", container, "dd", "if=/dev/zero", "of=/fill/file", "bs=1M", "count=30")
    // For this one there is no memory any more; the container itself goes on.
    _ = try? manager.docker("exec", container, "dd", "if=/dev/zero", "of=/dev/null", "bs=16M", "count=1")
  }

  private func fillDisk() throws {
    try Data(repeating: 1, count: 15_500_000).write(to: URL(filePath: "\(disk)/file"))
    for number in 0..<90 { try Data().write(to: URL(filePath: "\(disk)/\(number)")) }
  }

  // MARK: What happens to the nodes

  /// One after the other.
  var nodeConditions: [RealRunCondition] {
    [
      RealRunCondition("a second manager", ["SwarmEvenManagers": [:]]) { [self] in
        try manager.docker("node", "promote", "node2")
      },
      RealRunCondition("a drained node", ["SwarmNodeDrained": ["node": "node2"]]) { [self] in
        for node in ["node2", "node3"] { try manager.docker("node", "update", "--availability", "drain", node) }
      },
      RealRunCondition(
        "nearly all is reserved", ["SwarmMemoryReservationHigh": [:], "SwarmCPUReservationHigh": [:]], make: reserve),
      RealRunCondition(
        "one of three managers is lost",
        [
          "SwarmNodeDown": ["node": "node3"], "SwarmManagerUnreachable": ["node": "node3"], "SwarmQuorumAtRisk": [:],
        ]
      ) { [self] in
        try manager.docker("node", "promote", "node3")
        try eventually(within: .seconds(30), every: .milliseconds(100), "three managers") {
          let states = try manager.docker("node", "ls", "--format", "{{.ManagerStatus}}").split(separator: "\n")
          return states.filter { ["Leader", "Reachable"].contains($0) }.count == 3
        }
        lab.engines[2].kill()
      },
    ]
  }

  /// The question that the manager cannot answer any more has half a minute.
  var leaderless: RealRunCondition {
    RealRunCondition("two of three managers are lost", ["SwarmNoLeader": [:]]) { [self] in lab.engines[1].kill() }
  }

  var gone: RealRunCondition {
    RealRunCondition("the engine is gone", ["SwarmUnreachable": [:]]) { [self] in manager.killDaemon() }
  }

  /// 93 % of what the one active node has.
  private func reserve() throws {
    let words = try manager.docker("info", "--format", "{{.NCPU}} {{.MemTotal}}").split(separator: " ")
    guard words.count == 2, let cpus = Double(words[0]), let memory = Int(words[1]) else {
      throw TestbedError("docker info: \(words)")
    }
    try create(
      "reserving", ["--reserve-cpu", "\(cpus * 0.93)", "--reserve-memory", "\(memory / 100 * 93)"])
  }
}
