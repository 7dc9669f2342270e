extension Score {
  /// The score of what is known; what is not watched has no check.
  package init(_ facts: Facts) {
    self.init()
    if let swarm = facts.swarm { judge(swarm) }
    judge(facts.endpoints)
    judge("postgresql", "PostgreSQL", facts.postgres) { server in
      guard let usage = server.usage, usage > Limit.connections else { return nil }
      return (10, "\(server.name) has \(percent(usage)) of its connections taken")
    }
    judge("redis", "Redis", facts.redis) { server in
      if server.isEvicting { return (15, "\(server.name) evicts keys") }
      guard let usage = server.usage, usage > Limit.memory else { return nil }
      return (15, "\(server.name) has \(percent(usage)) of its memory taken")
    }
    if let celery = facts.celery { judge(celery) }
    if let filesystems = facts.filesystems { judge(filesystems) }
    judge(facts)
  }

  /// Servers of one kind: one that is missing takes 40, whatever else; the least that is wrong with others is told too.
  private mutating func judge(
    _ name: String, _ kind: String, _ servers: [Facts.Store], _ trouble: (Facts.Store) -> (points: Int, text: String)?
  ) {
    guard !servers.isEmpty else { return }
    if servers.allSatisfy({ $0.presence == .unknown }) { return add(unknown: name, "not asked yet") }
    var lost: [(points: Int, text: String)] = []
    var found: [(points: Int, text: String)] = []
    for server in servers {
      if case .down(let reason) = server.presence {
        // An optional one counts by its collector, which has nothing new to tell.
        if server.isCritical { lost.append((40, "\(server.name) is down: \(reason)")) }
      } else if let trouble = trouble(server) {
        found.append(trouble)
      }
    }
    let isLost = !lost.isEmpty
    add(
      name, servers.count == 1 ? "\(kind) answers" : "\(servers.count) servers of \(kind) answer", lost + found,
      limit: isLost ? 40 : found.map(\.points).max() ?? 0)
  }

  private mutating func judge(_ endpoints: [Facts.Endpoint]) {
    guard !endpoints.isEmpty else { return }
    let down = endpoints.compactMap { endpoint -> (points: Int, text: String)? in
      guard case .down(let reason) = endpoint.presence else { return nil }
      return (endpoint.isCritical ? 20 : 5, "\(endpoint.name) does not answer: \(reason)")
    }
    if down.isEmpty, endpoints.allSatisfy({ $0.presence == .unknown }) {
      return add(unknown: "endpoints", "not asked yet")
    }
    add(
      "endpoints", "\(counted(endpoints.count, "endpoint")) answer\(endpoints.count == 1 ? "s" : "")", down, limit: 40)
  }

  private mutating func judge(_ answer: Facts.CeleryAnswer) {
    guard case .facts(let celery) = answer else { return add(unknown: "celery", "the broker does not answer") }
    let waiting = celery.queues.reduce(0) { $0 + $1.length }
    var found: [(points: Int, text: String)] = []
    if celery.workers == 0, !celery.queues.isEmpty {
      found.append(
        (30, "no worker is up for \(counted(celery.queues.count, "queue")), \(counted(waiting, "task")) waiting"))
    } else if waiting > 0, celery.stalledSeconds >= Limit.stall {
      let minutes = Int(celery.stalledSeconds / 60)
      found.append((25, "no task was begun for \(minutes) min, \(waiting) waiting"))
    }
    let long = celery.queues.filter { $0.length > Limit.backlog }.map { "\($0.length) in \($0.name)" }
    if !long.isEmpty { found.append((5, "tasks pile up: \(long.joined(separator: ", "))")) }
    add("celery", "\(counted(celery.workers, "worker")) up, \(counted(waiting, "task")) waiting", found)
  }

  private mutating func judge(_ filesystems: [Facts.Filesystem]) {
    guard let fullest = filesystems.min(by: { $0.free < $1.free }) else {
      return add(unknown: "disk", "no filesystem could be read")
    }
    let full = filesystems.filter { $0.free < Limit.disk }
      .map { (points: 15, text: "\($0.mountpoint) has \(percent($0.free)) of its space left") }
    add("disk", "at least \(percent(fullest.free)) free", full, limit: 15)
  }

  /// What nobody has heard from for long, but for servers that are known to be down.
  private mutating func judge(_ facts: Facts) {
    guard !facts.collectors.isEmpty else { return }
    let down = Set(
      (facts.postgres + facts.redis).filter { if case .down = $0.presence { $0.isCritical } else { false } }.map(\.name)
    )
    let stale = facts.collectors.filter { $0.isStale && !down.contains($0.name) }
      .map { (points: 5, text: "nothing new of \($0.name)") }
    let names = facts.collectors.map(\.name).joined(separator: ", ")
    add("collectors", "there is news of \(names)", stale)
  }
}

/// A share in whole percent, rounded down, so that what is not all does not look like all.
func percent(_ share: Double) -> String { "\(Int((min(max(share, 0), 10) * 100).rounded(.down))) %" }
