import Engine
package import EventLoop

/// A container for a moment, of an image that is on this engine, without a network of its own.
package struct ThrowAwayContainer: Sendable {
  package let id: String
  private let manager: Manager

  private static let label = "vitals.throwaway"
  /// How long one is left whose owner was killed.
  private static let extraLife = Duration.seconds(60)

  /// Makes a container and starts it.
  ///
  /// It ends by itself some time after the deadline, also where nobody removes it, and takes its volumes along.
  ///
  /// - Parameters:
  ///   - command: what it runs.
  ///   - hasEntrypoint: whether the image's entrypoint runs it, as in its ordinary use.
  ///   - neighbour: a container whose network it shares; nil for none.
  package init(
    image: String, command: [String], hasEntrypoint: Bool, environment: [String] = [], neighbour: String? = nil,
    _ manager: Manager, before deadline: Instant
  ) async throws(OperationError) {
    self.manager = manager
    var entrypoint: [String] = []
    if hasEntrypoint {
      let image = try await manager.object("/images/\(image)/json", before: deadline)
      entrypoint = image["Config"]["Entrypoint"].elements.compactMap(\.text)
    }
    let seconds = (deadline - .now + ThrowAwayContainer.extraLife).components.seconds
    let words = ["timeout", "-s", "KILL", "\(seconds)"] + entrypoint + command
    let specification = JSONValue.object([
      "Image": .string(image), "User": .string("0:0"), "Labels": .object([ThrowAwayContainer.label: .string("")]),
      "Entrypoint": .array(words.prefix(1).map(JSONValue.string)),
      "Cmd": .array(words.dropFirst().map(JSONValue.string)), "Env": .array(environment.map(JSONValue.string)),
      "HostConfig": .object([
        "NetworkMode": .string(neighbour.map { "container:\($0)" } ?? "none"), "AutoRemove": .bool(true),
      ]),
    ])
    let answer = try await manager.post("/containers/create", content: specification, before: deadline)
    id = answer["Id"].text ?? ""
    do throws(OperationError) {
      try await manager.post("/containers/\(id)/start", before: deadline)
    } catch {
      await remove()
      throw error
    }
  }

  /// Removes it and its volumes.
  package func remove() async {
    // One that has ended has removed itself.
    _ = try? await manager.delete("/containers/\(id)", query: ["force": "1", "v": "1"], before: .now + .seconds(30))
  }
}

extension Manager {
  /// The id of an image that is on this engine: `image`, or, where its digest is not known here, what has its name.
  package func localImage(_ image: String, before deadline: Instant) async throws(OperationError) -> String? {
    for name in [image, String(image.prefix { $0 != "@" })] {
      do throws(EngineError) {
        let answer = try await client.object(JSONValue.self, at: "/images/\(name)/json", before: deadline)
        return answer["Id"].text ?? name
      } catch {
        guard case .status(404, _) = error.reason else { throw OperationError(error) }
      }
    }
    return nil
  }
}
