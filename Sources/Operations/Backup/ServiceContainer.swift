import Engine
package import EventLoop
package import Swarm

/// A running container of a service, on the engine that is spoken to.
package struct ServiceContainer: Equatable, Sendable {
  package var id: String
  /// The service's name without the stack's.
  package var service: String
  /// As the service names it.
  package var image: String
  /// What is sure to be on this engine.
  package var imageID: String
}

extension Manager {
  /// The running container of a service's task.
  ///
  /// - Throws: `failed` where there is none on this engine, with the node that has it.
  package func container(of service: Service, before deadline: Instant) async throws(OperationError) -> ServiceContainer
  {
    let filters = JSONValue.object([
      "label": .array([.string("com.docker.swarm.service.name=\(service.name)")]),
      "status": .array([.string("running")]),
    ])
    let answer = try await request { () throws(EngineError) in
      try await client.object(
        JSONValue.self, at: "/containers/json", query: ["filters": try text(of: filters)], before: deadline)
    }
    if let entry = answer.elements.first, let id = entry["Id"].text {
      return ServiceContainer(
        id: id, service: service.shortName, image: entry["Image"].text ?? service.image,
        imageID: entry["ImageID"].text ?? service.image)
    }
    let nodes = Dictionary(
      try await nodes(before: deadline).map { ($0.id, $0.hostname) }, uniquingKeysWith: { first, _ in first })
    let task = try await tasks(before: deadline).first {
      $0.serviceID == service.id && $0.state == .running && $0.isWanted
    }
    guard let task else {
      throw OperationError(
        .failed, "\(service.name) has no running task", advice: "See vitals status; nothing can be asked of it before.")
    }
    throw OperationError(
      .failed,
      "\(service.name) runs on \(nodes[task.nodeID] ?? "another node"), and not on the engine at \(client.host)",
      advice: "Run this on that node, or give its engine: --docker-host tcp://\(nodes[task.nodeID] ?? "NODE"):2375.")
  }

  func text(of value: JSONValue) throws(EngineError) -> String {
    guard let bytes = try? value.bytes() else {
      throw EngineError(.malformed("no JSON"), "write JSON", host: client.host.description)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func request<Value>(_ body: () async throws(EngineError) -> Value) async throws(OperationError) -> Value {
    do throws(EngineError) {
      return try await body()
    } catch {
      throw OperationError(error)
    }
  }
}
