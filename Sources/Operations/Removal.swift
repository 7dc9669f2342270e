package import EventLoop
import Scoring
import Swarm

/// Removes a stack and waits until nothing of it is left, so that it can be deployed again at once.
///
/// `docker stack rm` returns while containers still run: a deployment that follows then fails with "network not found".
package struct Removal {
  package struct Options: Sendable {
    /// Names of this engine's volumes to remove, as the engine has them.
    package var volumes: [String] = []
    /// How often is looked whether something has gone.
    package var interval = Duration.milliseconds(300)
    /// How long an engine is given between the end of a container and the removal of a network that others may join.
    package var settling = Duration.seconds(2)

    package init() {}
  }

  let manager: Manager
  let contents: StackContents
  let options: Options
  /// Waits, and throws where somebody has had enough.
  let pause: (Duration) async throws(OperationError) -> Void
  /// Told what happens.
  let report: (String) -> Void

  package init(
    _ manager: Manager, of contents: StackContents, options: Options,
    pause: @escaping (Duration) async throws(OperationError) -> Void, report: @escaping (String) -> Void
  ) {
    self.manager = manager
    self.contents = contents
    self.options = options
    self.pause = pause
    self.report = report
  }

  /// - Throws: `deadline` where something does not go in time, with what holds it.
  package func run(before deadline: Instant) async throws(OperationError) {
    // Tasks of a job have to end before the job goes, or they never do.
    let jobs = contents.services.filter(\.mode.isJob)
    for job in jobs { try await manager.endTasks(ofJob: job.id, before: deadline) }
    try await remove(contents.services.filter { !$0.mode.isJob }, before: deadline)
    try await awaitTasks(before: deadline)
    try await remove(jobs, before: deadline)
    try await awaitContainers(before: deadline)
    // Networks of the services first, or they are in use; secrets and configs are in use while their service is there.
    for network in contents.networks { try await remove(network: network, before: deadline) }
    for config in contents.configs where try await manager.remove(.configs, config.id, before: deadline) {
      report("removed the config \(config.name)")
    }
    for secret in contents.secrets where try await manager.remove(.secrets, secret.id, before: deadline) {
      report("removed the secret \(secret.name)")
    }
    for volume in options.volumes {
      _ = try await retrying("the volume \(volume)", before: deadline) { () throws(OperationError) in
        try await manager.remove(.volumes, volume, before: deadline)
      }
      report("removed the volume \(volume)")
    }
  }

  private func remove(_ services: [Service], before deadline: Instant) async throws(OperationError) {
    for service in services {
      try await manager.remove(.services, service.id, before: deadline)
      report("removed the service \(service.name)")
    }
  }

  // MARK: Waiting

  /// Until no task of the stack runs on a node that can be asked.
  private func awaitTasks(before deadline: Instant) async throws(OperationError) {
    let ids = Set(contents.services.map(\.id))
    var shown = ""
    while true {
      let nodes = Dictionary(try await manager.nodes(before: deadline).map { ($0.id, $0) }) { $1 }
      let tasks = try await manager.tasks(before: deadline).filter { ids.contains($0.serviceID) && !$0.nodeID.isEmpty }
      let running = tasks.filter { !$0.state.isTerminal }
      let left = running.filter { nodes[$0.nodeID]?.isAlive ?? false }
      guard !left.isEmpty else {
        let lost = Set(running.compactMap { nodes[$0.nodeID]?.hostname }).sorted()
        if !lost.isEmpty {
          report("the containers on \(lost.joined(separator: ", ")), which is down, end when it is back")
        }
        return
      }
      let hosts = Set(left.compactMap { nodes[$0.nodeID]?.hostname }).sorted().joined(separator: ", ")
      let text = "waiting for \(counted(left.count, "task")) to end on \(hosts)"
      if text != shown { report(text) }
      shown = text
      try await wait("\(left.count) tasks still run on \(hosts)", before: deadline)
    }
  }

  /// Until this engine has no container of the stack's tasks: what ended a moment ago is removed a moment later.
  private func awaitContainers(before deadline: Instant) async throws(OperationError) {
    let ids = Set(contents.services.map(\.id))
    while true {
      let containers = try await manager.containers(before: deadline).filter {
        ids.contains($0.labels["com.docker.swarm.service.id"] ?? "")
      }
      guard !containers.isEmpty else { return }
      try await wait("\(containers.count) containers are not removed yet", before: deadline)
    }
  }

  /// Removes a network, and waits until the engine has none of this id: until then its name is taken.
  private func remove(network: NamedObject, before deadline: Instant) async throws(OperationError) {
    try await awaitGuests(of: network, before: deadline)
    let removed = try await retrying("the network \(network.name)", before: deadline) { () throws(OperationError) in
      try await manager.remove(.networks, network.id, before: deadline)
    }
    var isTold = false
    while try await manager.objects(.networks, before: deadline).contains(where: { $0.id == network.id }) {
      if !isTold { report("waiting for the network \(network.name) to go from this engine") }
      isTold = true
      try await wait(
        "the network \(network.name) is removed, but this engine still has it", before: deadline,
        advice: "It forgets it when it is restarted. Until then nothing of this name can be made.")
    }
    if removed { report("removed the network \(network.name)") }
  }

  /// Until no container of this engine is in a network, and a moment longer.
  ///
  /// An engine that is told to remove a network in the same moment as a container leaves it keeps it until it is restarted.
  private func awaitGuests(of network: NamedObject, before deadline: Instant) async throws(OperationError) {
    var told = ""
    while true {
      let guests = try await guests(of: network, before: deadline)
      guard !guests.isEmpty else { break }
      let text = "the network \(network.name) is in use by \(guests.joined(separator: ", "))"
      if text != told { report("waiting: \(text)") }
      told = text
      try await wait(text, before: deadline, advice: "Remove what is in it (docker rm), and repeat this.")
    }
    if network.value["Attachable"] == .bool(true) { try await pause(options.settling) }
  }

  /// The names of containers, without the engine's own load balancer.
  private func guests(of network: NamedObject, before deadline: Instant) async throws(OperationError) -> [String] {
    do throws(OperationError) {
      let containers = try await manager.object("/networks/\(network.id)", before: deadline)["Containers"].members
      return containers.filter { !$0.key.hasPrefix("lb-") }.map { $0.value["Name"].text ?? $0.key }.sorted()
    } catch {
      // It is gone already, or the removal says why not.
      guard error.kind == .failed else { throw error }
      return []
    }
  }

  /// Tries until the engine does not call it in use any more.
  private func retrying<Value>(
    _ what: String, before deadline: Instant, _ body: () async throws(OperationError) -> Value
  ) async throws(OperationError) -> Value {
    var isTold = false
    while true {
      do throws(OperationError) {
        return try await body()
      } catch {
        guard error.kind == .failed, ["in use", "active endpoints"].contains(where: error.message.contains) else {
          throw error
        }
        if !isTold { report("waiting for \(what): \(error.message)") }
        isTold = true
        try await wait("\(what) is in use: \(error.message)", before: deadline)
      }
    }
  }

  /// - Parameter state: what is told where the time is over.
  private func wait(
    _ state: String, before deadline: Instant,
    advice: String = "Repeat this when that is over: it goes on where it ended. --timeout gives it more time."
  ) async throws(OperationError) {
    // Before the next question would be cut off by it.
    guard Instant.now + .seconds(1) < deadline else {
      throw OperationError(.deadline, state, advice: advice)
    }
    try await pause(options.interval)
  }
}
