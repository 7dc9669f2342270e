package import Engine
package import EventLoop

extension Manager {
  /// All containers of this engine, also those that have ended.
  ///
  /// - Parameter sizes: whether to find out what they have written, which takes the engine some time.
  package func containers(
    sizes: Bool = false, before deadline: Instant
  ) async throws(OperationError) -> [Container] {
    let query: KeyValuePairs<String, String> = sizes ? ["all": "true", "size": "true"] : ["all": "true"]
    return try await object("/containers/json", query: query, before: deadline).elements.map(Container.init)
  }

  /// Runs a command in a container of this engine to its end.
  package func run(
    _ command: Exec.Command, in container: String, before deadline: Instant
  ) async throws(OperationError) -> Exec.Outcome {
    try await mapped { () throws(EngineError) in
      try await control.run(command, in: container, limit: 4 << 20, before: deadline)
    }
  }
}
