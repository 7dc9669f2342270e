package import Engine

/// What the current tasks of a service add up to.
package struct ServiceAccount: Sendable {
  package let service: Service
  /// Current tasks by state.
  package private(set) var tasks = TaskCounts()
  /// When the first of the pending tasks became so.
  package private(set) var pendingSince: Timestamp?
  /// Slots, or nodes of a global service, that have a task which is to run, or has not run to its end.
  private(set) var occupied = SlotSet()
  private var runningSlots = SlotSet()
  private var updatedSlots = SlotSet()

  init(_ service: Service) { self.service = service }

  /// Replicas that serve: slots with a running task on a node that is alive.
  ///
  /// Not what `docker service ls` prints, which is `reported`: that includes tasks of a dead node for a day, and during an
  /// update both the old and the new task of a slot.
  package var running: Int { runningSlots.count }

  /// Replicas that there should be at present.
  ///
  /// For a global service the nodes that the engine wants a task on, also during a restart delay. For a job what is left
  /// to do, so that one that is done wants none.
  package var desired: Int {
    switch service.mode {
    case .replicated(let replicas): replicas
    case .global, .globalJob: occupied.count
    case .replicatedJob(let concurrent, let completions): max(0, min(concurrent, completions - completed))
    case .unknown: service.status?.desired ?? occupied.count
    }
  }

  /// Running replicas that were made from the present specification.
  package var updated: Int { service.update?.isIncomplete == true ? updatedSlots.count : running }

  /// Running tasks by the engine's own count; nil where it does not say.
  package var reported: Int? { service.status?.running }

  /// Tasks of a job's present iteration that ran to their end.
  package var completed: Int { service.status?.completed ?? tasks[.complete] }

  /// How many tasks of a job are to run to their end; nil for what is no job.
  package var completionsDesired: Int? {
    switch service.mode {
    case .replicatedJob(_, let completions): completions
    case .globalJob: completed + occupied.count
    case .replicated, .global, .unknown: nil
    }
  }

  /// Counts a wanted task; `node` is the index of its node, nil where that is not known.
  mutating func add(_ task: ServiceTask, node: Int?, isAlive: Bool) {
    if service.mode.isJob, task.jobIteration != service.jobIteration { return }
    if let group = TaskGroup(task.state) { tasks[group] += 1 }
    if task.state == .pending, let time = task.timestamp { pendingSince = min(pendingSince ?? time, time) }
    guard let place = place(of: task, node: node) else { return }
    if !(service.mode.isJob && task.state == .complete) { occupied.insert(place) }
    if task.state == .running, isAlive { runningSlots.insert(place) }
  }

  /// Counts a wanted task that the engine says is made from the present specification.
  mutating func addUpdated(_ task: ServiceTask, node: Int?, isAlive: Bool) {
    guard task.state == .running, isAlive, let place = place(of: task, node: node) else { return }
    updatedSlots.insert(place)
  }

  /// Whether a wanted task stands where this one stood.
  func isOccupied(_ task: ServiceTask, node: Int?) -> Bool {
    place(of: task, node: node).map(occupied.contains) ?? false
  }

  /// What two tasks of which one replaces the other have in common.
  private func place(of task: ServiceTask, node: Int?) -> Int? {
    switch service.mode {
    case .replicated, .replicatedJob: task.slot
    case .global, .globalJob: node
    case .unknown: task.slot > 0 ? task.slot : node
    }
  }
}
