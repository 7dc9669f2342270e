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
    let present = try await containers(before: deadline)
    if let container = present.first(where: { $0.service == service.name && $0.isRunning }) {
      return ServiceContainer(
        id: container.id, service: service.shortName, image: container.image, imageID: container.imageID)
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
}
