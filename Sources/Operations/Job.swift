package import Engine
package import EventLoop
package import Swarm

/// A command that runs once in what a service's tasks run in.
package struct Job: Sendable {
  package enum State: Equatable, Sendable {
    /// It does not run yet, for a reason where the swarm tells one.
    case waiting(String)
    case running
    /// With the command's exit code, and what the engine says where that is not the command's doing.
    case ended(Int, reason: String?)
  }

  /// As in `pilito_web-run-3fa9c1d2`.
  package let name: String
  let specification: JobSpecification
  let manager: Manager

  /// - Throws: `failed` where the engine is too old for jobs.
  package init(
    from service: Service, arguments: [String], with manager: Manager, before deadline: Instant
  ) async throws(OperationError) {
    try manager.require(.stack)
    self.manager = manager
    // A service's name may have 63 characters.
    name = "\(service.name.prefix(50))-run-\(RandomSecret.suffix(8))"
    specification = JobSpecification(
      from: try await manager.object("/services/\(service.id)", before: deadline), name: name, arguments: arguments)
  }

  /// - Parameter registryAuth: the header X-Registry-Auth, by which a node pulls the image that it does not have.
  package func start(registryAuth: String?, before deadline: Instant) async throws(OperationError) {
    try await manager.create(.services, specification.value, registryAuth: registryAuth, before: deadline)
  }

  /// How long the command may take to end after it was told to; ten seconds are the engine's default.
  package var gracePeriod: Duration {
    container["StopGracePeriod"].integer.map { .nanoseconds($0) } ?? .seconds(10)
  }

  package var image: String { container["Image"].text ?? "" }

  private var container: JSONValue { specification.value["TaskTemplate"]["ContainerSpec"] }

  /// - Throws: `failed` where the command could not be run at all.
  package func state(before deadline: Instant) async throws(OperationError) -> State {
    let tasks = try await manager.tasks(of: [name], before: deadline)
    guard let task = tasks.max(by: { $0.state < $1.state }) else { return .waiting("") }
    switch task.state {
    case .running: return .running
    case .complete: return .ended(0, reason: nil)
    case .failed where task.exitCode ?? 0 != 0:
      // A program that is not in the image has an exit code too, and no log.
      return .ended(task.exitCode ?? 1, reason: task.error.hasPrefix("task: non-zero exit") ? nil : task.error)
    case let state where state.isTerminal:
      throw OperationError(
        .failed, "the command could not be run: \(task.error.isEmpty ? "its task is \(state)" : task.error)")
    default: return .waiting(task.error)
    }
  }

  /// Ends the command where it still runs, and removes the job.
  ///
  /// - Throws: `deadline` where the command does not end.
  package func remove(_ waiting: Waiting) async throws(OperationError) {
    func isRunning() async throws(OperationError) -> Bool {
      try await manager.tasks(of: [name], before: waiting.deadline).contains { !$0.state.isTerminal }
    }
    if try await isRunning() {
      try await manager.endTasks(ofJob: name, before: waiting.deadline)
      try await waiting.untilNothing { () throws(OperationError) in
        try await isRunning() ? "the command still runs" : nil
      }
    }
    try await manager.remove(.services, name, before: waiting.deadline)
  }
}

extension Manager {
  /// Lets a job have no tasks, so that those that run are stopped.
  ///
  /// Engines do not stop them when the job itself is removed (seen with 20.10): they would run on, and nobody could end
  /// them but on their nodes.
  func endTasks(ofJob name: String, before deadline: Instant) async throws(OperationError) {
    try await update("/services/\(name)", before: deadline) { specification in
      if specification["Mode"]["ReplicatedJob"] != .null {
        specification["Mode"]["ReplicatedJob"] = .object([
          "MaxConcurrent": .integer(0), "TotalCompletions": .integer(0),
        ])
      } else {
        // One on each node that there is none of.
        specification["TaskTemplate"]["Placement"]["Constraints"] = .array([.string("node.id == none")])
      }
      // What makes the engine look at a job again.
      let count = specification["TaskTemplate"]["ForceUpdate"].integer ?? 0
      specification["TaskTemplate"]["ForceUpdate"] = .integer(count + 1)
      return true
    }
  }

  /// Hands over a job's log as it is written, until the connection ends; an error ends it too, as `wholeLog` has all of it.
  package func follow(_ job: Job, before deadline: Instant, _ body: @escaping (LogLine) -> Void) async {
    var options = LogStream.Options()
    options.follows = true
    try? await LogStream(client).read(.service(job.name), options, before: deadline, body)
  }

  /// Hands over all that a job has written.
  package func wholeLog(
    of job: Job, before deadline: Instant, _ body: (LogLine) -> Void
  ) async throws(OperationError) {
    try await mapped { () throws(EngineError) in
      try await LogStream(client).read(.service(job.name), before: deadline, body)
    }
  }
}
