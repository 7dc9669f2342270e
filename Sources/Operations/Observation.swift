package import EventLoop
package import Swarm

/// Services, their tasks and all nodes at one time.
package struct Observation: Sendable {
  package var services: [LiveService]
  /// The tasks of those services, also those of the history.
  package var tasks: [ServiceTask]
  /// The ids of the tasks that are made from the present specification of their service.
  package var upToDate: Set<String>
  package var nodes: [Node]

  package init(
    services: [LiveService] = [], tasks: [ServiceTask] = [], upToDate: Set<String> = [], nodes: [Node] = []
  ) {
    self.services = services
    self.tasks = tasks
    self.upToDate = upToDate
    self.nodes = nodes
  }
}

extension Manager {
  /// The services with their specifications, in the order of their names.
  package func liveServices(of stack: String? = nil, before deadline: Instant) async throws(OperationError)
    -> [LiveService]
  {
    let all = try await list(LiveService.self, at: "/services", query: ["status": "true"], before: deadline)
    return all.filter { stack == nil || $0.service.stack == stack }.sorted { $0.service.name < $1.service.name }
  }

  /// What the services with these names are doing; a name that does not exist is left out.
  package func observe(_ names: Set<String>, before deadline: Instant) async throws(OperationError) -> Observation {
    var observation = Observation()
    observation.services = try await liveServices(before: deadline).filter { names.contains($0.service.name) }
    observation.nodes = try await nodes(before: deadline)
    let ids = observation.services.map(\.service.id)
    // No filter at all would be a filter that everything passes.
    guard !ids.isEmpty else { return observation }
    observation.tasks = try await tasks(of: ids, before: deadline)
    observation.upToDate = Set(try await tasks(of: ids, upToDate: true, before: deadline).map(\.id))
    return observation
  }

  /// The tasks of services, also those of the history.
  ///
  /// - Parameters:
  ///   - services: their ids or names.
  ///   - upToDate: only those that are made from the present specification of their service. Undocumented, but the
  ///     engine's own comparison, and what the docker command itself waits by.
  package func tasks(
    of services: [String], upToDate: Bool = false, before deadline: Instant
  ) async throws(OperationError) -> [ServiceTask] {
    var filters: [String: JSONValue] = ["service": .array(services.map(JSONValue.string))]
    if upToDate { filters["_up-to-date"] = .array([.string("true")]) }
    let text = (try? JSONValue.object(filters).bytes()).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    return try await list(ServiceTask.self, at: "/tasks", query: ["filters": text], before: deadline)
  }
}
