import Engine
package import EventLoop
package import Swarm

/// What the tasks whose lines a log has are called.
package struct LogNames: Sendable {
  private var tasks: [String: String] = [:]

  package init() {}

  package init(_ services: [LiveService], tasks: [ServiceTask], nodes: [Node]) {
    let hosts = Dictionary(nodes.map { ($0.id, $0.hostname) }) { first, _ in first }
    let names = Dictionary(services.map { ($0.service.id, $0.service.shortName) }) { first, _ in first }
    for task in tasks {
      let slot = task.slot > 0 ? ".\(task.slot)" : ""
      self.tasks[task.id] = "\(names[task.serviceID] ?? "")\(slot)@\(hosts[task.nodeID] ?? "")"
    }
  }

  /// `web.1@node1`; nil for a task that was made since.
  package subscript(taskID: String) -> String? { tasks[taskID] }
}

extension Manager {
  package func logNames(of services: [LiveService], before deadline: Instant) async throws(OperationError) -> LogNames {
    LogNames(
      services, tasks: try await tasks(of: services.map(\.service.id), before: deadline),
      nodes: try await nodes(before: deadline))
  }

  /// When the version of a service was deployed that runs now, in seconds since 1970; nil where nothing tells.
  ///
  /// That is when its update began. After a scale the engine has forgotten that, and the oldest of the tasks tells it.
  package func presentSince(_ service: LiveService, before deadline: Instant) async throws(OperationError) -> Double? {
    struct Birth: Decodable {
      let createdAt: Timestamp?

      init(from decoder: any Decoder) throws {
        createdAt = try Fields(of: decoder).value("CreatedAt", as: Timestamp.self)?.unlessZero
      }
    }
    if let began = service.service.update?.startedAt { return began.seconds }
    // A new service, which may have crashed so often that its first tasks are forgotten.
    if service.previous == .null { return service.service.createdAt?.seconds }
    let filters = """
      {"service":["\(service.service.id)"],"_up-to-date":["true"],"desired-state":["running","ready"]}
      """
    let births = try await list(Birth.self, at: "/tasks", query: ["filters": filters], before: deadline)
    return births.compactMap(\.createdAt?.seconds).min()
  }
}
