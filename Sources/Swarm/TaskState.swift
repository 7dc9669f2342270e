/// Where a task is in its life, as SwarmKit orders it: a task only ever moves on.
///
/// The same values say what a task's state is and what it should become.
package enum TaskState: Int8, Comparable, Sendable {
  case new, allocated, pending, assigned, accepted, preparing, ready, starting, running
  case complete, shutdown, failed, rejected, remove, orphaned
  /// A state that this program does not know. It counts as ended.
  case unknown

  package static func < (a: TaskState, b: TaskState) -> Bool { a.rawValue < b.rawValue }

  /// The task has ended, or will never begin.
  package var isTerminal: Bool { self > .running }

  private static let names: [String: TaskState] = [
    "new": .new, "allocated": .allocated, "pending": .pending, "assigned": .assigned, "accepted": .accepted,
    "preparing": .preparing, "ready": .ready, "starting": .starting, "running": .running, "complete": .complete,
    "shutdown": .shutdown, "failed": .failed, "rejected": .rejected, "remove": .remove, "orphaned": .orphaned,
  ]
}

extension TaskState: Decodable {
  package init(from decoder: any Decoder) throws {
    self = TaskState.names[try decoder.singleValueContainer().decode(String.self)] ?? .unknown
  }
}
