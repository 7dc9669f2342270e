package import EventLoop

/// A container of an engine, with what `GET /containers/json` says of it.
package struct Container: Equatable, Sendable {
  package var id: String
  package var name: String
  /// As it was given: `pilito:1@sha256:...`.
  package var image: String
  package var imageID: String
  /// `created`, `running`, `exited`, `dead` and others.
  package var state: String
  package var labels: [String: String]
  /// Bytes that the container has written, 0 where nobody has asked for them.
  package var size: UInt64

  init(_ value: JSONValue) {
    id = value["Id"].text ?? ""
    name = value["Names"].elements.first?.text.map { String($0.drop { $0 == "/" }) } ?? String(id.prefix(12))
    image = value["Image"].text ?? ""
    imageID = value["ImageID"].text ?? ""
    state = value["State"].text ?? ""
    labels = value["Labels"].members.compactMapValues(\.text)
    size = UInt64(max(0, value["SizeRw"].integer ?? 0))
  }
}

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
}
