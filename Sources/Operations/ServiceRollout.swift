import Engine
import EventLoop
package import Swarm

/// One service of a rollout: what its tasks add up to, observation by observation.
package struct ServiceRollout: Sendable {
  /// How many tasks are where.
  package struct Counts: Equatable, Sendable {
    /// Slots whose task runs on a node that is alive and is made from the present specification, or has ended as it was to.
    package var updated = 0
    /// Slots with a task that runs on a node that is alive.
    package var running = 0
    package var desired = 0
  }

  /// The name, with the stack's.
  package let name: String
  /// The name, without the stack's unless services of several stacks are watched.
  package private(set) var shortName: String
  package private(set) var counts = Counts()
  /// What the scheduler says of the tasks that it can't place; empty where it can place them.
  package private(set) var pending: [String] = []
  /// The state of the last update, as the engine has it.
  package private(set) var update: Service.Update.State?
  /// What the engine says of the last update.
  package private(set) var updateMessage = ""
  /// The newest failure of a task that is made from the new specification.
  package private(set) var failure: TaskFailure?
  /// Where it has arrived; what has converged may leave that state again.
  package internal(set) var outcome: RolloutOutcome?
  /// How many tasks wait in which state, besides those that run.
  package private(set) var waiting: [TaskState: Int] = [:]

  /// Whether a failure was seen by the last observation.
  private(set) var hasNewFailure = false
  /// Whether the engine changes tasks one after the other at the moment.
  var isUpdating: Bool { update == .updating || update == .rollbackStarted }
  /// The most failures that one slot has had.
  var mostFailures: Int { failures.values.max() ?? 0 }
  /// Whether all tasks run now, for however short a time.
  private(set) var isComplete = false

  /// The version before the change; nil for what did not exist.
  private let version: Int64?
  private let goal: Rollout.Goal
  /// Tasks that had failed before.
  private var known: Set<String>
  /// Tasks that are made from the specification of the time: once the engine goes back, those that failed are not any more.
  private var new: Set<String> = []
  private var failures: [Place: Int] = [:]
  private var completeSince: Instant?
  /// Since when there is a slot whose task failed and that the engine does not fill.
  private var abandonedSince: Instant?

  /// What two tasks of which one replaces the other have in common.
  private enum Place: Hashable {
    case slot(Int)
    case node(String)
  }

  init(_ name: String, before: Observation, goal: Rollout.Goal) {
    let service = before.services.first { $0.service.name == name }
    self.name = name
    self.goal = goal
    shortName = name
    version = service?.version
    known = Set(
      before.tasks.filter { $0.serviceID == service?.service.id && ServiceRollout.isFailure($0) }.map(\.id))
  }

  // MARK: Observations

  /// Takes what the service is doing at `now`.
  ///
  /// - Returns: what changed.
  mutating func observe(_ live: LiveService, _ observation: Observation, at now: Instant) -> [RolloutEvent] {
    hasNewFailure = false
    // Nodes have tasks of all stacks.
    if goal != .settle { shortName = live.service.shortName }
    guard outcome.map({ $0 == .converged }) ?? true else { return [] }
    if goal == .change, live.version == version { return arrive(.unchanged) }
    let tasks = observation.tasks.filter { task in
      task.serviceID == live.service.id
        && !(live.service.mode.isJob && task.jobIteration != live.service.jobIteration)
    }
    let alive = Set(observation.nodes.filter(\.isAlive).map(\.id))
    new.formUnion(tasks.lazy.map(\.id).filter(observation.upToDate.contains))
    let counted = count(live, tasks, observation, alive)
    var events = findFailures(live, tasks, observation)
    events += follow(live) + counted
    if outcome == nil || outcome == .converged { events += judge(live, tasks, alive, at: now) }
    return events
  }

  /// Tells that the time is over.
  mutating func expire() -> [RolloutEvent] { outcome == nil ? arrive(.deadline) : [] }

  /// Sets where the service has arrived.
  mutating func arrive(_ outcome: RolloutOutcome) -> [RolloutEvent] {
    guard self.outcome != outcome else { return [] }
    self.outcome = outcome
    var event = RolloutEvent(.outcome, service: name, text: "\(shortName): \(summary)")
    event.outcome = outcome
    return [event]
  }

  // MARK: Counting

  private mutating func count(
    _ live: LiveService, _ tasks: [ServiceTask], _ observation: Observation, _ alive: Set<String>
  ) -> [RolloutEvent] {
    var wanted: Set<Place> = []
    var running: Set<Place> = []
    var updated: Set<Place> = []
    var completed: Set<Place> = []
    waiting = [:]
    var reasons: Set<String> = []
    for task in tasks {
      let place = place(of: task)
      let isNew = observation.upToDate.contains(task.id)
      let isDone = task.state == .complete && isNew
      if isDone, live.service.mode.isJob || live.isOneShot { completed.insert(place) }
      // The task of a node that is down is wanted only until somebody misses it, and can't be waited for.
      guard task.isWanted, task.nodeID.isEmpty || alive.contains(task.nodeID) else { continue }
      if !(live.service.mode.isJob && isDone) { wanted.insert(place) }
      if task.state == .running {
        running.insert(place)
        if isNew { updated.insert(place) }
      } else if task.state < .running {
        waiting[task.state, default: 0] += 1
        if task.state == .pending, !task.error.isEmpty { reasons.insert(task.error) }
      }
    }
    let done = updated.union(completed.subtracting(wanted.subtracting(updated)))
    var counts = Counts(updated: done.count, running: running.union(completed).count)
    switch live.service.mode {
    case .replicated(let replicas):
      counts.desired = replicas
      isComplete = done.count >= replicas && wanted.union(completed).count <= max(replicas, completed.count)
    case .global:
      counts.desired = wanted.union(completed).count
      isComplete = done.count >= counts.desired
    case .replicatedJob(_, let completions):
      counts.updated = max(completed.count, live.service.status?.completed ?? 0)
      counts.desired = completions
      isComplete = counts.updated >= completions
    case .globalJob:
      counts.updated = completed.count
      counts.desired = completed.union(wanted).count
      isComplete = wanted.isEmpty
    case .unknown:
      counts.desired = live.service.status?.desired ?? wanted.count
      isComplete = done.count >= counts.desired
    }
    var events: [RolloutEvent] = []
    if counts != self.counts {
      self.counts = counts
      var event = RolloutEvent(.progress, service: name, text: "\(shortName): \(countsText(live.service.mode))")
      (event.updated, event.running, event.desired) = (counts.updated, counts.running, counts.desired)
      events.append(event)
    }
    let pending = reasons.sorted()
    if pending != self.pending {
      self.pending = pending
      let text = pending.isEmpty ? "no task is pending any more" : "pending: \(pending.joined(separator: "; "))"
      events.append(RolloutEvent(.pending, service: name, text: "\(shortName): \(text)"))
    }
    return events
  }

  private func countsText(_ mode: Service.Mode) -> String {
    if mode.isJob { return "\(counts.updated)/\(counts.desired) completed, \(counts.running) running" }
    return "\(counts.updated)/\(counts.desired) updated, \(counts.running)/\(counts.desired) running"
  }

  private func place(of task: ServiceTask) -> Place { task.slot > 0 ? .slot(task.slot) : .node(task.nodeID) }

  // MARK: Failures

  /// Whether a task ended that was not told to.
  private static func isFailure(_ task: ServiceTask) -> Bool { task.state == .failed || task.state == .rejected }

  /// Whether an update was given up for this task: one that is not healthy, and ends well when it is stopped for that, has not
  /// failed in the engine's word.
  private static func isCulprit(_ task: ServiceTask, of live: LiveService) -> Bool {
    switch live.service.update?.state {
    case .rollbackStarted, .paused, .rollbackPaused: task.state > .running && live.updateMessage.contains(task.id)
    case .updating, .completed, .rollbackCompleted, nil: false
    }
  }

  private mutating func findFailures(
    _ live: LiveService, _ tasks: [ServiceTask], _ observation: Observation
  ) -> [RolloutEvent] {
    let fresh = tasks.filter { task in
      !known.contains(task.id)
        && (ServiceRollout.isFailure(task) && new.contains(task.id) || ServiceRollout.isCulprit(task, of: live))
    }
    var events: [RolloutEvent] = []
    for task in fresh.sorted(by: { ($0.timestamp?.seconds ?? 0, $0.id) < ($1.timestamp?.seconds ?? 0, $1.id) }) {
      known.insert(task.id)
      hasNewFailure = true
      failures[place(of: task), default: 0] += 1
      let node = observation.nodes.first { $0.id == task.nodeID }?.hostname ?? String(task.nodeID.prefix(12))
      let failure = TaskFailure(
        taskID: task.id, task: task.slot > 0 ? "\(shortName).\(task.slot)" : "\(shortName)@\(node)", node: node,
        state: task.state, exitCode: task.exitCode, error: task.error)
      self.failure = failure
      var event = RolloutEvent(.failure, service: name, text: "\(shortName): \(failure.text)")
      (event.task, event.node, event.exitCode) = (failure.task, node.isEmpty ? nil : node, task.exitCode)
      events.append(event)
    }
    return events
  }

  /// Follows what the engine says of the update.
  private mutating func follow(_ live: LiveService) -> [RolloutEvent] {
    updateMessage = live.updateMessage
    guard live.service.update?.state != update else { return [] }
    update = live.service.update?.state
    guard goal != .settle else { return [] }
    let detail = updateMessage.isEmpty ? "" : ": \(updateMessage)"
    switch update {
    case .rollbackStarted:
      return [RolloutEvent(.update, service: name, text: "\(shortName): rolling back\(detail)")]
    case .rollbackCompleted where goal == .change: return arrive(.rolledBack)
    case .paused, .rollbackPaused: return arrive(.paused)
    case .rollbackCompleted, .updating, .completed, nil: return []
    }
  }

  // MARK: Judgement

  /// Decides whether the service has arrived.
  private mutating func judge(
    _ live: LiveService, _ tasks: [ServiceTask], _ alive: Set<String>, at now: Instant
  ) -> [RolloutEvent] {
    guard isComplete, !isUpdating, !hasNewFailure else {
      completeSince = nil
      outcome = nil
      return giveUp(live, tasks, at: now)
    }
    abandonedSince = nil
    let since = completeSince ?? now
    completeSince = since
    return now - since >= window(live) ? arrive(.converged) : []
  }

  /// How long a service that is complete is watched before that is believed.
  private func window(_ live: LiveService) -> Duration {
    // Jobs are done when they are done; the others have to go on.
    if live.service.mode.isJob { return .zero }
    // The engine calls an update completed when it has watched the last task for as long as `monitor` says.
    if update == .completed || update == .rollbackCompleted { return .seconds(5) }
    // A new task runs, in the engine's word, when its health check has passed; there is nothing to go back to.
    if version == nil, live.hasHealthCheck { return .seconds(10) }
    return max(.seconds(5), live.monitor(isRollback: goal == .rollback))
  }

  /// Decides whether the engine has stopped trying: a slot's task has failed and there is none in its place.
  private mutating func giveUp(_ live: LiveService, _ tasks: [ServiceTask], at now: Instant) -> [RolloutEvent] {
    let wanted = Set(tasks.filter(\.isWanted).map(place))
    guard !isUpdating, failures.keys.contains(where: { !wanted.contains($0) }), counts.updated < counts.desired else {
      abandonedSince = nil
      return []
    }
    let since = abandonedSince ?? now
    abandonedSince = since
    // A replacement comes with the failure, unless the node was away.
    return live.isNeverRestarted || now - since >= .seconds(5) ? arrive(.failed) : []
  }
}
