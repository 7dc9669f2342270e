package import EventLoop
package import FoundationEssentials
import Swarm

extension Manager {
  /// What this engine, which need be no manager, has.
  package func engineStock(before deadline: Instant) async throws(OperationError) -> EngineStock {
    var stock = EngineStock()
    stock.containers = try await containers(sizes: true, before: deadline)
    let usage = try await object("/system/df", before: deadline)
    stock.images = usage["Images"].elements.map(EngineImage.init)
    stock.cache = usage["BuildCache"].elements.reduce(0) { sum, entry in
      entry["InUse"] == .bool(true) ? sum : sum + UInt64(max(0, entry["Size"].integer ?? 0))
    }
    for volume in usage["Volumes"].elements {
      stock.volumes[volume["Name"].text ?? ""] = volume["UsageData"]["Size"].integer ?? -1
    }
    return stock
  }

  /// What the swarm has.
  package func swarmStock(before deadline: Instant) async throws(OperationError) -> SwarmStock {
    var stock = SwarmStock()
    stock.services = try await object("/services", before: deadline).elements
    stock.busy = Set(try await tasks(before: deadline).filter { !$0.state.isTerminal }.map(\.serviceID))
    stock.networks = try await objects(.networks, before: deadline)
    stock.configs = try await objects(.configs, before: deadline)
    stock.secrets = try await objects(.secrets, before: deadline)
    return stock
  }

  /// Refuses while somebody changes a stack: what is pulled or made for a deployment is in no specification yet.
  package func checkUnlocked(at now: Date, before deadline: Instant) async throws(OperationError) {
    let prefix = Lock.name(of: "")
    for config in try await objects(.configs, before: deadline) where config.name.hasPrefix(prefix) {
      let stack = String(config.name.dropFirst(prefix.count))
      guard let lock = Lock(config, stack: stack), lock.expires > now else { continue }
      throw OperationError(
        .failed, "\(stack) is locked: \(lock.description)",
        advice: "What it makes is not in use yet and would be removed: wait for it.")
    }
  }

  /// Removes what a plan says, as far as the engine lets it.
  ///
  /// - Returns: the bytes that the engine has freed of the build cache, nil for all else.
  /// - Throws: `failed` where the engine refuses.
  @discardableResult
  package func remove(_ item: CleanupItem, image: EngineImage? = nil, before deadline: Instant)
    async throws(OperationError) -> UInt64?
  {
    switch item.kind {
    case .run: try await remove(.services, item.id, before: deadline)
    case .network: try await remove(.networks, item.id, before: deadline)
    case .config: try await remove(.configs, item.id, before: deadline)
    case .secret: try await remove(.secrets, item.id, before: deadline)
    case .volume: try await remove(.volumes, item.id, before: deadline)
    case .container: try await delete("/containers/\(item.id)", before: deadline)
    case .cache:
      let answer = try await post("/build/prune", query: ["all": "true"], before: deadline)
      return UInt64(max(0, answer["SpaceReclaimed"].integer ?? 0))
    case .image:
      // An image with several names goes with the last of them. Without force, which would take it from a container.
      for tag in image?.tags ?? [] { try await delete("/images/\(tag)", before: deadline) }
      for digest in image?.digests ?? [] { try await delete("/images/\(digest)", before: deadline) }
      try await delete("/images/\(item.id)", before: deadline)
    }
    return nil
  }
}
