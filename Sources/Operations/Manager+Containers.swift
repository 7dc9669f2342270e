package import Engine
package import EventLoop

/// A container that runs on the engine that is asked.
package struct RunningContainer: Decodable, Sendable {
  package var id: String
  /// The name of its service; empty where no swarm started it.
  package var service: String
  package var stack: String

  package init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    id = try fields.value("Id") ?? ""
    let labels = try fields.object("Labels")
    service = try labels.value("com.docker.swarm.service.name") ?? ""
    stack = try labels.value("com.docker.stack.namespace") ?? ""
  }
}

extension Manager {
  /// The containers that run on this engine, those of other nodes not among them.
  package func containers(before deadline: Instant) async throws(OperationError) -> [RunningContainer] {
    try await list(RunningContainer.self, at: "/containers/json", before: deadline)
  }

  /// Runs a command in a container of this engine to its end.
  package func run(
    _ command: Exec.Command, in container: String, before deadline: Instant
  ) async throws(OperationError) -> Exec.Outcome {
    do throws(EngineError) {
      return try await control.run(command, in: container, limit: 4 << 20, before: deadline)
    } catch {
      throw OperationError(error)
    }
  }
}
