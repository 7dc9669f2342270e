import Foundation

@testable import Containers

/// Answers that real engines gave: of a service with two replicas and limits, a global service and a container of nobody's.
enum Fixture: String, CaseIterable {
  /// Docker 20.10.24, cgroup version 1.
  case v1
  /// Docker 20.10.24, cgroup version 2.
  case v2

  func text(_ name: String) throws -> String {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = tests.appending(path: "Fixtures/engine/containers/\(rawValue)/\(name).json")
    return try String(contentsOf: file, encoding: .utf8)
  }

  func usage(_ name: String) throws -> Usage { try decode(text("\(name)-stats")) }

  func specification(_ name: String) throws -> Specification { try decode(text("\(name)-inspect")) }

  func containers() throws -> [Container] { try decode(text("list")) }
}

/// Reads an answer of an engine's.
func decode<Value: Decodable>(_ text: String) throws -> Value {
  try JSONDecoder().decode(Value.self, from: Data(text.utf8))
}

extension Place {
  /// The place of a task's container, as swarm names it.
  static func task(_ service: String, _ slot: String, id: String = "task", node: String = "n1") -> Place {
    Place(
      name: "\(service).\(slot).\(id)",
      labels: [
        "com.docker.swarm.service.name": service, "com.docker.swarm.task.id": id, "com.docker.swarm.node.id": node,
        "com.docker.swarm.task.name": "\(service).\(slot).\(id)",
      ])
  }
}
