import Engine
import EventLoop
import Swarm

/// A running container of a service, and the engine that has it.
package struct ServiceContainer: Sendable {
  package var id: String
  /// The service's name without the stack's.
  package var service: String
  /// As the service names it.
  package var image: String
  /// What is sure to be on that engine.
  package var imageID: String
  /// The engine of its node, which may be a worker.
  package var engine: Manager
}

extension Manager {
  /// The engines by the ids of their nodes.
  ///
  /// - Throws: `usage` for an engine that is no node of this swarm: a stack of the same name may be in another one.
  func byNode(_ engines: [Manager], before deadline: Instant) async throws(OperationError) -> [String: Manager] {
    let nodes = Set(try await nodes(before: deadline).map(\.id))
    var found: [String: Manager] = [:]
    for engine in engines {
      let facts = try await engine.facts(before: deadline)
      guard nodes.contains(facts.nodeID) else {
        throw OperationError(
          .usage, "the engine at \(engine.client.host), \(facts.name), is no node of the swarm of \(client.host)")
      }
      found[facts.nodeID] = engine
    }
    return found
  }

  /// The running container of a service's task.
  ///
  /// - Parameter engines: where it is sought, by the ids of their nodes.
  /// - Throws: `failed` where none of them has it, with the node that does.
  func container(
    of service: Service, on engines: [String: Manager], before deadline: Instant
  ) async throws(OperationError) -> ServiceContainer {
    let wanted = try await tasks(before: deadline).filter { $0.serviceID == service.id && $0.isWanted }
    let tasks = wanted.filter { $0.state == .running }
    for task in tasks {
      guard let engine = engines[task.nodeID] else { continue }
      let present = try await engine.containers(before: deadline)
      guard let container = present.first(where: { $0.task == task.id && $0.isRunning }) else { continue }
      return ServiceContainer(
        id: container.id, service: service.shortName, image: container.image, imageID: container.imageID,
        engine: engine)
    }
    guard let task = tasks.first(where: { engines[$0.nodeID] == nil }) else {
      // One that starts may be making its files, and be started once more then.
      let states = Set(wanted.filter { $0.state < .running }.map { "\($0.state)" }).sorted()
      throw OperationError(
        .failed,
        "\(service.name) has no running task\(states.isEmpty ? "" : ": it is \(states.joined(separator: ", "))")",
        advice: "See vitals status; nothing can be asked of it before.")
    }
    let node = try await nodes(before: deadline).first { $0.id == task.nodeID }?.hostname ?? "NODE"
    let socket = "$HOME/\(node).sock"
    throw OperationError(
      .failed,
      "\(service.name) runs on \(node), whose engine is not among those given",
      advice: """
        Bring its socket here, and name it beside the manager's:
          ssh -NL \(socket):/var/run/docker.sock \(node) &
          vitals ... --engine unix://\(socket)
        """)
  }
}
