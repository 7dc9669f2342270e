import Engine
import Foundation
import Swarm

/// Answers that a Docker Engine 20.10 gave: a manager and a worker, sixteen services of every kind, before and after the
/// worker was killed and started again.
enum Fixture: String {
  case up, nodeDown = "node-down", nodeBack = "node-back"

  func text(_ name: String) throws -> String { try Fixture.text("\(rawValue)/\(name)") }

  func list<Element: Decodable>(_ name: String, of type: Element.Type = Element.self) throws -> [Element] {
    try JSONDecoder().decode([Element].self, from: Data(text(name).utf8))
  }

  static func info(_ name: String) throws -> Info {
    try JSONDecoder().decode(Info.self, from: Data(text("info/\(name)").utf8))
  }

  static func text(_ path: String) throws -> String {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: tests.appending(path: "Fixtures/engine/\(path).json"), encoding: .utf8)
  }

  /// The snapshot that its nodes, services and tasks make.
  func snapshot() throws -> Snapshot {
    var snapshot = Snapshot(nodes: try list("nodes"), services: try list("services"))
    for task in try list("tasks", of: ServiceTask.self) { snapshot.add(task) }
    if self == .nodeDown {
      for task in try list("updated", of: ServiceTask.self) { snapshot.addUpdated(task) }
    }
    return snapshot
  }
}

extension Snapshot {
  subscript(name: String) -> ServiceAccount? { services.first { $0.service.name == name } }
}

extension ServiceTask {
  /// A task as an engine would list it.
  static func make(
    _ id: String, of service: String = "s", slot: Int = 1, on node: String = "n1", _ state: TaskState,
    desired: TaskState = .running, error: String = "", exitCode: Int? = nil, at seconds: Double = 100,
    iteration: Int = 0
  ) -> ServiceTask {
    var task = ServiceTask(id: id)
    task.serviceID = service
    task.slot = slot
    task.nodeID = node
    task.state = state
    task.desiredState = desired
    task.error = error
    task.exitCode = exitCode
    task.timestamp = Timestamp(seconds: seconds)
    task.jobIteration = iteration
    return task
  }
}

extension Service {
  static func make(_ mode: Mode, id: String = "s", iteration: Int = 0) -> Service {
    var service = Service(id: id)
    service.name = id
    service.mode = mode
    service.jobIteration = iteration
    return service
  }
}

extension Node {
  static func make(_ id: String, state: String = "ready", availability: String = "active") -> Node {
    var node = Node(id: id)
    node.hostname = id
    node.state = state
    node.availability = availability
    node.resources = Resources(nanoCPUs: 4_000_000_000, memory: 1000)
    return node
  }
}
