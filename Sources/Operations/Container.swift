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

extension Container {
  package var isRunning: Bool { state == "running" }
  /// The name of the service that it is a task's of; empty where no swarm started it.
  package var service: String { labels["com.docker.swarm.service.name"] ?? "" }
  /// The id of that task; empty where no swarm started it.
  package var task: String { labels["com.docker.swarm.task.id"] ?? "" }
  package var stack: String { labels[LiveStack.label] ?? "" }
}
