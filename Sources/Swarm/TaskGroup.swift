/// The groups in which current tasks are counted by state.
package enum TaskGroup: Int, CaseIterable, Sendable {
  case pending
  /// From `new` to `starting`, with `ready`, in which a task waits for the restart delay of the one before it.
  case starting
  case running, complete, failed, rejected, orphaned

  package var name: String { "\(self)" }

  /// Nil for a task that was shut down or is being removed: it is no concern any more.
  init?(_ state: TaskState) {
    switch state {
    case .pending: self = .pending
    case .new, .allocated, .assigned, .accepted, .preparing, .ready, .starting: self = .starting
    case .running: self = .running
    case .complete: self = .complete
    case .failed: self = .failed
    case .rejected: self = .rejected
    case .orphaned: self = .orphaned
    case .shutdown, .remove, .unknown: return nil
    }
  }
}

/// A count for each group.
package struct TaskCounts: Equatable, Sendable {
  private var counts = [Int](repeating: 0, count: TaskGroup.allCases.count)

  package internal(set) subscript(group: TaskGroup) -> Int {
    get { counts[group.rawValue] }
    set { counts[group.rawValue] = newValue }
  }
}
