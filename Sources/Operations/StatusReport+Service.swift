import Engine
import Scoring
import Swarm

/// What has to be known to say why a service is not healthy.
struct ServiceContext {
  var account: ServiceAccount
  /// All of the service's.
  var tasks: [ServiceTask]
  var nodeNames: [String: String]
  var downNodes: Set<String>
  var time: Double

  /// How long a failure is news where all is well again, in seconds.
  private static let memory = 600.0

  var lastFailure: StatusReport.Failure? {
    let failed = tasks.filter { [.failed, .rejected, .orphaned].contains($0.state) && $0.timestamp != nil }
    guard let last = failed.max(by: { ($0.timestamp?.seconds ?? 0) < ($1.timestamp?.seconds ?? 0) }),
      let time = last.timestamp
    else { return nil }
    return StatusReport.Failure(
      secondsAgo: max(0, self.time - time.seconds), state: "\(last.state)",
      exitCode: last.state == .failed ? last.exitCode : nil, error: last.error,
      node: nodeNames[last.nodeID] ?? String(last.nodeID.prefix(12)))
  }

  var places: [StatusReport.Place] {
    let running = tasks.filter { $0.isWanted && $0.state == .running && !downNodes.contains($0.nodeID) }
    return Dictionary(grouping: running, by: \.nodeID)
      .map { StatusReport.Place(node: nodeNames[$0] ?? String($0.prefix(12)), running: $1.count) }
      .sorted { $0.node < $1.node }
  }

  var isHealthy: Bool {
    let isStuck = account.service.update.map { $0.state == .paused || $0.state == .rollbackPaused } ?? false
    if isStuck || account.pendingSince != nil { return false }
    return account.service.mode.isJob || account.running >= account.desired
  }

  var remarks: [String] {
    var remarks = [update, pending].compactMap { $0 } + starting
    if let failure = lastFailure, !isHealthy || failure.secondsAgo < ServiceContext.memory {
      remarks.append(failure.sentence)
    }
    return remarks + difference
  }

  private var update: String? {
    guard let update = account.service.update else { return nil }
    let state: String
    switch update.state {
    case .updating: state = "updating: \(account.updated) of \(account.desired) new"
    case .paused: state = "update paused"
    case .rollbackStarted: state = "rolling back: \(account.updated) of \(account.desired) back"
    case .rollbackPaused: state = "rollback paused"
    case .rollbackCompleted:
      guard let ended = update.completedAt, time - ended.seconds < 3600 else { return nil }
      return "the last update was rolled back \(ageText(time - ended.seconds)) ago"
    case .completed: return nil
    }
    let began = update.startedAt.map { ", since \(ageText(time - $0.seconds))" } ?? ""
    // While all goes well the engine says `update in progress`.
    let isNews = update.state == .paused || update.state == .rollbackPaused
    return state + began + (isNews && !update.message.isEmpty ? ": \(update.message)" : "")
  }

  private var pending: String? {
    let waiting = tasks.filter { $0.isWanted && $0.state == .pending }
    guard let first = waiting.first else { return nil }
    let since = account.pendingSince.map { ", for \(ageText(time - $0.seconds))" } ?? ""
    let reason = first.error.isEmpty ? "" : ": \(first.error)"
    return "\(counted(waiting.count, "task")) \(waiting.count == 1 ? "waits" : "wait") for a node\(since)\(reason)"
  }

  /// Tasks that are on their way: an image that is pulled for minutes looks like this.
  private var starting: [String] {
    let states: [TaskState] = [.assigned, .accepted, .preparing, .ready, .starting]
    return states.compactMap { state in
      let count = tasks.count { $0.isWanted && $0.state == state && !downNodes.contains($0.nodeID) }
      guard count > 0, account.running < account.desired else { return nil }
      // A task that is ready waits for the restart delay of the one before it.
      return
        "\(counted(count, "task")) \(count == 1 ? "is" : "are") \(state == .ready ? "about to be started again" : "\(state)")"
    }
  }

  /// Why `docker service ls` has another number.
  private var difference: [String] {
    guard let reported = account.reported, reported != account.running, !account.service.mode.isJob else { return [] }
    let lost = Dictionary(
      grouping: tasks.filter { $0.state == .running && downNodes.contains($0.nodeID) }, by: \.nodeID)
    let reasons = lost.map { id, tasks in "\(tasks.count) on \(nodeNames[id] ?? id), which is down" }.sorted()
    let rest = reported - account.running - lost.values.reduce(0) { $0 + $1.count }
    let others = rest > 0 ? ["\(rest) that \(rest == 1 ? "is" : "are") being replaced"] : []
    let text = (reasons + others).joined(separator: ", ")
    return ["docker service ls says \(reported)\(text.isEmpty ? "" : ", as it counts \(text)")"]
  }
}

extension StatusReport.Service {
  init(_ context: ServiceContext) {
    let account = context.account
    let service = account.service
    self.init(
      name: service.name, stack: service.stack, mode: service.mode.name, running: account.running,
      desired: account.desired, reported: account.reported,
      updated: service.update?.isIncomplete == true ? account.updated : nil, update: service.update?.state.rawValue,
      completed: account.completionsDesired == nil ? nil : account.completed,
      completionsDesired: account.completionsDesired, image: service.image,
      ports: service.ports.map(\.text).sorted(), nodes: context.places, isHealthy: context.isHealthy,
      remarks: context.remarks,
      lastFailure: context.lastFailure)
  }

  /// `3/3`; of a job what is done of it.
  package var replicas: String {
    completionsDesired.map { "\(completed ?? 0)/\($0) done" } ?? "\(running)/\(desired)"
  }
}

extension StatusReport.Failure {
  /// `a task failed 12 s ago on node2: exit code 1: task: non-zero exit (1)`.
  package var sentence: String {
    let what = state == "failed" ? "failed" : "was \(state)"
    let place = node.isEmpty ? "" : " on \(node)"
    let code = exitCode.map { ": exit code \($0)" } ?? ""
    // Which says the same once more.
    let isRepetition = exitCode.map { error == "task: non-zero exit (\($0))" } ?? false
    return
      "a task \(what) \(ageText(secondsAgo)) ago\(place)\(code)\(error.isEmpty || isRepetition ? "" : ": \(error)")"
  }
}

extension Service.Port {
  fileprivate var text: String { "\(mode == "host" ? "host" : "*"):\(published)->\(target)/\(transport)" }
}
