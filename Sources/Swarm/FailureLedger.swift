package import Engine
import Scoring

/// Counts the failures and restarts of tasks, each once.
///
/// The engine keeps the tasks that ended, five a slot unless told otherwise, and shows the same ones at every poll. So the
/// ledger knows the ids of those it has seen; it forgets an id as soon as a poll no longer has it, which bounds it
/// by the length of the history.
///
/// Counters start at 0 when the ledger starts. What the first poll finds happened at an unknown time before and is not
/// counted, though it tells the last failure. Later polls count all that is new, also what failed while no poll
/// succeeded.
package struct FailureLedger: Sendable {
  package enum Reason: String, CaseIterable, Sendable {
    /// The task's process ended by itself, with a code other than 0.
    case exit
    /// The engine killed the task because its health check failed.
    case unhealthy
    /// SIGKILL ended the process (exit code 137), which is what the kernel does above the memory limit.
    case oom
    /// The node could not make the task: no such image, no such mount, no free port.
    case rejected
    /// The task's node was away for so long (a day) that the engine gave the task up.
    case orphaned
  }

  /// What is known of one service.
  package struct Tally: Equatable, Sendable {
    package internal(set) var failures = [Reason: Int]()
    /// Tasks that ended by themselves and were replaced.
    package internal(set) var restarts = 0
    package internal(set) var lastFailure: Timestamp?
    package internal(set) var lastReason: Reason?
    package internal(set) var lastExitCode: Int?
    /// When the latest of the failed tasks failed, as many as make a crash loop.
    fileprivate var latest: [Timestamp] = []

    /// How many of the latest failures happened after `time`, in seconds since 1970; no more than make a crash loop.
    package func failures(since time: Double) -> Int { latest.count { $0.seconds >= time } }
  }

  private var tallies: [String: Tally] = [:]
  /// Tasks of the last poll that are done with, by a 64-bit hash of the id.
  private var settled: Set<Int> = []
  /// Tasks of the last poll that ran although they were to stop: what becomes of them was asked for.
  private var stopping: Set<Int> = []
  private var nextSettled: Set<Int> = []
  private var nextStopping: Set<Int> = []
  /// Places that are empty and whose last task this poll has seen; all that ended there besides were replaced.
  private var abandoned: Set<Place> = []
  private var isFirstPoll = true

  /// What two tasks of which one replaces the other have in common.
  private struct Place: Hashable {
    let service: String
    /// 0 for a service that has a task on each node.
    let slot: Int
    let node: String

    init(_ task: ServiceTask) {
      service = task.serviceID
      slot = task.slot
      node = task.slot > 0 ? "" : task.nodeID
    }
  }

  package init() {}

  package subscript(serviceID: String) -> Tally { tallies[serviceID] ?? Tally() }

  /// Begins a poll of the tasks whose desired state is `shutdown`.
  package mutating func beginPoll() {
    nextSettled = Set(minimumCapacity: settled.count)
    nextStopping = []
  }

  /// Takes a task of the poll.
  ///
  /// `isOccupied` tells whether a current task has its place, `isJob` whether it belongs to a job, whose tasks are to end.
  package mutating func add(_ task: ServiceTask, isOccupied: Bool, isJob: Bool) {
    let id = task.id.hashValue
    if settled.contains(id) {
      nextSettled.insert(id)
      return
    }
    guard task.state.isTerminal else {
      nextStopping.insert(id)
      return
    }
    // A task that ran when it was told to stop may end with any code. So do those of a node that was down and is back.
    let wasStopping = stopping.contains(id)
    switch task.state {
    case .failed where !wasStopping, .rejected, .orphaned:
      count(task, isOccupied: isOccupied)
    case .complete:
      if !isJob, !wasStopping, !isFirstPoll, wasReplaced(task, isOccupied: isOccupied) {
        tallies[task.serviceID, default: Tally()].restarts += 1
      }
    case .shutdown, .remove, .unknown:
      // Nothing will ever be counted for it: not worth remembering, and most of the history of a well swarm.
      return
    default: break
    }
    nextSettled.insert(id)
  }

  /// Ends a poll that saw the whole history; services other than `services` are forgotten.
  package mutating func endPoll(services: some Sequence<String>) {
    settled = nextSettled
    stopping = nextStopping
    isFirstPoll = false
    let known = Set(services)
    tallies = tallies.filter { known.contains($0.key) }
    clear()
  }

  /// Ends a poll that broke off: what it counted stays counted, and nothing is forgotten.
  package mutating func abandonPoll() {
    settled.formUnion(nextSettled)
    stopping.formUnion(nextStopping)
    clear()
  }

  private mutating func clear() {
    nextSettled = []
    nextStopping = []
    abandoned = []
  }

  /// Whether another task took the place of one that has just ended, as the first poll that has it finds.
  ///
  /// Where the place is empty, the engine has stopped trying, but only after the last of the tasks there.
  private mutating func wasReplaced(_ task: ServiceTask, isOccupied: Bool) -> Bool {
    isOccupied || !abandoned.insert(Place(task)).inserted
  }

  private mutating func count(_ task: ServiceTask, isOccupied: Bool) {
    var tally = self[task.serviceID]
    let reason = Reason(task)
    if !isFirstPoll {
      tally.failures[reason, default: 0] += 1
      // An orphan was replaced a day ago, when its node went down.
      if task.state != .orphaned, wasReplaced(task, isOccupied: isOccupied) { tally.restarts += 1 }
    }
    if let time = task.timestamp { tally.latest = Array((tally.latest + [time]).sorted().suffix(Score.Limit.crashes)) }
    if let time = task.timestamp, time >= tally.lastFailure ?? time {
      tally.lastFailure = time
      tally.lastReason = reason
      tally.lastExitCode = task.state == .failed ? task.exitCode : nil
    }
    tallies[task.serviceID] = tally
  }
}

extension FailureLedger.Reason {
  fileprivate init(_ task: ServiceTask) {
    switch task.state {
    case .rejected: self = .rejected
    case .orphaned: self = .orphaned
    default:
      if task.error.contains("unhealthy container") {
        self = .unhealthy
      } else {
        self = task.exitCode == 137 ? .oom : .exit
      }
    }
  }
}
