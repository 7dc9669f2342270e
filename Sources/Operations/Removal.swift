import EventLoop
import Scoring
import Swarm

/// Removes a stack and waits until nothing of it is left, so that it can be deployed again at once.
///
/// `docker stack rm` returns while containers still run: a deployment that follows then fails with "network not found".
package struct Removal {
  package struct Options: Sendable {
    /// Names of this engine's volumes to remove, as the engine has them.
    package var volumes: [String] = []
    /// How long an engine is given between the end of a container and the removal of a network that others may join.
    package var settling = Duration.seconds(2)

    package init() {}
  }

  let manager: Manager
  let contents: StackContents
  let options: Options
  let waiting: Waiting
  /// Told what happens.
  let report: (String) -> Void

  package init(
    _ manager: Manager, of contents: StackContents, options: Options, waiting: Waiting,
    report: @escaping (String) -> Void
  ) {
    self.manager = manager
    self.contents = contents
    self.options = options
    self.waiting = waiting
    self.report = report
  }

  private var deadline: Instant { waiting.deadline }

  /// - Throws: `deadline` where something does not go in time, with what holds it.
  package func run() async throws(OperationError) {
    // Tasks of a job have to end before the job goes, or they never do.
    let jobs = contents.services.filter(\.mode.isJob)
    for job in jobs { try await manager.endTasks(ofJob: job.id, before: deadline) }
    try await remove(contents.services.filter { !$0.mode.isJob })
    try await awaitTasks()
    try await remove(jobs)
    try await awaitContainers()
    // Networks of the services first, or they are in use; secrets and configs are in use while their service is there.
    for network in contents.networks { try await remove(network: network) }
    for config in contents.configs where try await manager.remove(.configs, config.id, before: deadline) {
      report("removed the config \(config.name)")
    }
    for secret in contents.secrets where try await manager.remove(.secrets, secret.id, before: deadline) {
      report("removed the secret \(secret.name)")
    }
    for volume in options.volumes {
      _ = try await retrying("the volume \(volume)") { () throws(OperationError) in
        try await manager.remove(.volumes, volume, before: deadline)
      }
      report("removed the volume \(volume)")
    }
  }

  private func remove(_ services: [Service]) async throws(OperationError) {
    for service in services {
      try await manager.remove(.services, service.id, before: deadline)
      report("removed the service \(service.name)")
    }
  }

  // MARK: Waiting

  /// Until no task of the stack runs on a node that can be asked.
  private func awaitTasks() async throws(OperationError) {
    let ids = Set(contents.services.map(\.id))
    var lost: Set<String> = []
    try await waiting.untilNothing { () throws(OperationError) in
      let nodes = Dictionary(try await manager.nodes(before: deadline).map { ($0.id, $0) }) { $1 }
      let running = try await manager.tasks(before: deadline).filter {
        ids.contains($0.serviceID) && !$0.nodeID.isEmpty && !$0.state.isTerminal
      }
      let left = running.filter { nodes[$0.nodeID]?.isAlive ?? false }
      lost = left.isEmpty ? Set(running.compactMap { nodes[$0.nodeID]?.hostname }) : []
      let hosts = Set(left.compactMap { nodes[$0.nodeID]?.hostname }).sorted().joined(separator: ", ")
      return left.isEmpty ? nil : "\(counted(left.count, "task")) still on \(hosts)"
    }
    if !lost.isEmpty {
      report("the containers on \(lost.sorted().joined(separator: ", ")), which is down, end when it is back")
    }
  }

  /// Until this engine has no container of the stack's tasks: what ended a moment ago is removed a moment later.
  private func awaitContainers() async throws(OperationError) {
    let ids = Set(contents.services.map(\.id))
    try await waiting.untilNothing { () throws(OperationError) in
      let left = try await manager.containers(before: deadline).count {
        ids.contains($0.labels["com.docker.swarm.service.id"] ?? "")
      }
      return left == 0 ? nil : "\(counted(left, "container")) not removed yet"
    }
  }

  /// Removes a network, and waits until the engine has none of this id: until then its name is taken.
  private func remove(network: NamedObject) async throws(OperationError) {
    try await awaitGuests(of: network)
    let removed = try await retrying("the network \(network.name)") { () throws(OperationError) in
      try await manager.remove(.networks, network.id, before: deadline)
    }
    try await waiting.untilNothing(
      advice: "It forgets it when it is restarted. Until then nothing of this name can be made."
    ) { () throws(OperationError) in
      let isLeft = try await manager.objects(.networks, before: deadline).contains { $0.id == network.id }
      return isLeft ? "the network \(network.name) is removed, but this engine still has it" : nil
    }
    if removed { report("removed the network \(network.name)") }
  }

  /// Until no container of this engine is in a network, and a moment longer.
  ///
  /// An engine that is told to remove a network in the same moment as a container leaves it keeps it until it is restarted.
  private func awaitGuests(of network: NamedObject) async throws(OperationError) {
    try await waiting.untilNothing(advice: "Remove what is in it (docker rm), and repeat this.") {
      () throws(OperationError) in
      let guests = try await guests(of: network)
      return guests.isEmpty ? nil : "the network \(network.name) is in use by \(guests.joined(separator: ", "))"
    }
    if network.value["Attachable"] == .bool(true) { try await waiting.pause(options.settling) }
  }

  /// The names of containers, without the engine's own load balancer.
  private func guests(of network: NamedObject) async throws(OperationError) -> [String] {
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
  ///
  /// - Returns: what `body` says: whether there was something to remove.
  private func retrying(
    _ what: String, _ body: () async throws(OperationError) -> Bool
  ) async throws(OperationError) -> Bool {
    var removed = false
    try await waiting.untilNothing { () throws(OperationError) in
      do throws(OperationError) {
        removed = try await body()
        return nil
      } catch {
        guard error.kind == .failed, ["in use", "active endpoints"].contains(where: error.message.contains) else {
          throw error
        }
        return "\(what) is in use: \(error.message)"
      }
    }
    return removed
  }
}
