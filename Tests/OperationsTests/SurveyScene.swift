import Engine
import Swarm

@testable import Operations

/// Swarms as managers would tell of them, at the time 1000.
enum SurveyScene {
  static let time = 1000.0

  static func nodes(down: Set<String> = []) -> [Node] {
    ["node1", "node2", "node3"].enumerated().map { index, name in
      var node = Node(id: "id-\(name)")
      node.hostname = name
      node.role = "manager"
      node.state = down.contains(name) ? "down" : "ready"
      node.engineVersion = "24.0.7"
      node.resources = Resources(nanoCPUs: 4_000_000_000, memory: 8 << 30)
      node.manager = .init(isLeader: index == 0, reachability: down.contains(name) ? "unreachable" : "reachable")
      return node
    }
  }

  static func service(_ name: String, replicas: Int, reported: Int? = nil) -> Service {
    var service = Service(id: "id-\(name)")
    service.name = "pilito_\(name)"
    service.stack = "pilito"
    service.mode = .replicated(replicas)
    service.image = "\(name):1"
    service.status = .init(running: reported ?? replicas, desired: replicas)
    return service
  }

  static func task(
    _ service: String, _ slot: Int, _ node: String, _ state: TaskState = .running, wanted: TaskState = .running,
    at time: Double? = nil, error: String = "", exitCode: Int? = nil
  ) -> ServiceTask {
    var task = ServiceTask(id: "\(service)\(slot)\(node)\(state)\(wanted)\(time ?? 0)")
    task.serviceID = "id-\(service)"
    task.slot = slot
    task.nodeID = node.isEmpty ? "" : "id-\(node)"
    task.state = state
    task.desiredState = wanted
    task.timestamp = time.map { Timestamp(seconds: $0) }
    task.error = error
    task.exitCode = exitCode
    task.reservations = Resources(nanoCPUs: 250_000_000, memory: 256 << 20)
    return task
  }

  /// All is well.
  static var well: Survey {
    var services = [service("web", replicas: 3), service("celery", replicas: 2), service("postgres", replicas: 1)]
    services[0].ports = [.init(published: 80, target: 8000)]
    let tasks = [
      task("web", 1, "node1"), task("web", 2, "node2"), task("web", 3, "node3"), task("celery", 1, "node1"),
      task("celery", 2, "node2"), task("postgres", 1, "node1"),
    ]
    return Survey(nodes: nodes(), services: services, tasks: tasks, time: time)
  }

  /// node3 has died, web is being updated, celery fails again and again, and the database waits for a node.
  static var troubled: Survey {
    var web = service("web", replicas: 3, reported: 4)
    web.update = .init(.updating, startedAt: Timestamp(seconds: 940))
    var celery = service("celery", replicas: 2, reported: 1)
    celery.update = .init(.paused, startedAt: Timestamp(seconds: 800))
    celery.update?.message = "update paused due to failure or early termination of task x"
    let failures = [990.0, 950, 910].map {
      task("celery", 2, "node2", .failed, wanted: .shutdown, at: $0, error: "task: non-zero exit (3)", exitCode: 3)
    }
    let tasks =
      [
        task("web", 1, "node1"), task("web", 2, "node2"), task("web", 3, "node3"), task("web", 3, "node1"),
        task("celery", 1, "node1"), task("celery", 2, "node2", .ready),
        task(
          "postgres", 1, "", .pending, at: 820,
          error: "no suitable node (scheduling constraints not satisfied on 2 nodes)"),
      ] + failures
    return Survey(
      nodes: nodes(down: ["node3"]), services: [web, celery, service("postgres", replicas: 1, reported: 0)],
      tasks: tasks,
      updated: [tasks[3].id], time: time)
  }
}
