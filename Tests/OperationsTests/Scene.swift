import EventLoop
import Operations
import Swarm

/// A small swarm that a test moves from one state to the next, and that is observed in between.
struct Scene {
  var services: [LiveService] = []
  var tasks: [ServiceTask] = []
  var upToDate: Set<String> = []
  var nodes: [Node]
  private var count = 0
  private(set) var now = Instant(nanoseconds: 0)

  init(nodes names: [String] = ["node1", "node2", "node3"]) {
    nodes = names.map { name in
      var node = Node(id: name)
      node.hostname = name
      node.state = "ready"
      return node
    }
  }

  var observation: Observation {
    Observation(services: services, tasks: tasks, upToDate: upToDate, nodes: nodes)
  }

  mutating func add(_ name: String, _ mode: Service.Mode = .replicated(3), restart: String = "any") {
    var service = Service(id: "id-\(name)")
    service.name = "pilito_\(name)"
    service.stack = "pilito"
    service.mode = mode
    services.append(
      LiveService(
        service,
        specification: .object([
          "TaskTemplate": .object(["RestartPolicy": .object(["Condition": .string(restart)])])
        ])))
  }

  subscript(name: String) -> LiveService {
    get { services.first { $0.service.name == "pilito_\(name)" } ?? LiveService(Service(id: "")) }
    set {
      if let index = services.firstIndex(where: { $0.service.name == "pilito_\(name)" }) { services[index] = newValue }
    }
  }

  /// Makes a task, of the present specification unless said otherwise.
  @discardableResult
  mutating func task(
    _ name: String, slot: Int = 0, on node: String = "node1", _ state: TaskState = .running,
    desired: TaskState = .running, isNew: Bool = true, error: String = "", exitCode: Int? = nil
  ) -> String {
    count += 1
    var task = ServiceTask(id: "task\(count)")
    task.serviceID = "id-\(name)"
    task.slot = slot
    task.nodeID = node
    task.state = state
    task.desiredState = desired
    task.error = error
    task.exitCode = exitCode
    tasks.append(task)
    if isNew { upToDate.insert(task.id) }
    return task.id
  }

  /// Three running replicas of what `task` makes.
  mutating func run(_ name: String, slots: ClosedRange<Int> = 1...3) {
    for slot in slots { task(name, slot: slot, on: "node\((slot - 1) % 3 + 1)") }
  }

  /// A change of a service: its version moves on, and its tasks are made from an old specification.
  mutating func change(_ name: String) {
    self[name].version += 1
    self[name].service.update = nil
    upToDate.subtract(tasks.filter { $0.serviceID == "id-\(name)" }.map(\.id))
  }

  /// Ends a task, and makes another in its place where there is to be one.
  mutating func fail(_ id: String, exitCode: Int = 1, isReplaced: Bool = true) {
    guard let index = tasks.firstIndex(where: { $0.id == id }) else { return }
    tasks[index].state = .failed
    tasks[index].desiredState = .shutdown
    tasks[index].exitCode = exitCode
    tasks[index].error = "task: non-zero exit (\(exitCode))"
    let task = tasks[index]
    if isReplaced {
      self.task(String(task.serviceID.dropFirst(3)), slot: task.slot, on: task.nodeID, .ready, desired: .ready)
    }
  }

  mutating func set(_ id: String, _ state: TaskState, desired: TaskState = .running) {
    guard let index = tasks.firstIndex(where: { $0.id == id }) else { return }
    tasks[index].state = state
    tasks[index].desiredState = desired
  }

  /// Replaces a slot's task by a running one of the present specification.
  mutating func replace(_ name: String, slot: Int) {
    for index in tasks.indices where tasks[index].serviceID == "id-\(name)" && tasks[index].slot == slot {
      tasks[index].state = .shutdown
      tasks[index].desiredState = .shutdown
    }
    task(name, slot: slot, on: "node\((slot - 1) % 3 + 1)")
  }

  mutating func update(_ name: String, _ state: Service.Update.State?, message: String = "") {
    self[name].service.update = state.map { Service.Update($0) }
    self[name].updateMessage = message
    self[name].version += 1
  }

  /// Lets so many seconds pass, observing once a second.
  ///
  /// - Returns: what was told meanwhile.
  @discardableResult
  mutating func observe(_ rollout: inout Rollout, seconds: Int = 1) -> [String] {
    (0..<seconds).flatMap { _ in
      now = now + .seconds(1)
      return rollout.observe(observation, at: now).map(\.text)
    }
  }

  /// A service web with three tasks, of which an update has begun, and the rollout that follows it.
  static func updatingWeb() -> (Scene, Rollout) {
    var scene = Scene()
    scene.add("web")
    scene.run("web")
    let rollout = scene.rollout("web")
    scene.change("web")
    scene.update("web", .updating)
    return (scene, rollout)
  }

  /// A rollout of all services since what there is now.
  func rollout(_ names: String..., goal: Rollout.Goal = .change) -> Rollout {
    Rollout(of: names.map { "pilito_\($0)" }, since: observation, goal: goal)
  }
}
