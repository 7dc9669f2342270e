package import Swarm

/// Something that changed during a rollout, as a line.
package struct RolloutEvent: Equatable, Sendable, Encodable {
  package enum Kind: String, Sendable, Encodable {
    /// The counts of a service changed.
    case progress
    /// A task failed that is made from the new specification.
    case failure
    /// Tasks can't be placed, or not any more for the same reason.
    case pending
    /// The engine began, stopped or turned round an update.
    case update
    /// A service has arrived somewhere.
    case outcome
  }

  package var kind: Kind
  /// The service's name, with the stack's.
  package var service: String
  /// A line for people: `web: 1/3 updated, 3/3 running`.
  package var text: String
  package var updated: Int?
  package var running: Int?
  package var desired: Int?
  /// `web.2`, or `web@node1` where there is a task on each node.
  package var task: String?
  package var node: String?
  package var exitCode: Int?
  package var outcome: RolloutOutcome?

  package init(_ kind: Kind, service: String, text: String) {
    self.kind = kind
    self.service = service
    self.text = text
  }
}

/// Where a service has arrived.
package enum RolloutOutcome: String, Sendable, Encodable {
  /// All tasks run, and have for some time, or have ended as they were to.
  case converged
  /// Nothing was changed, so nothing is waited for.
  case unchanged
  /// The engine went back to the previous specification.
  case rolledBack
  /// The engine stopped in the middle, and waits for somebody.
  case paused
  /// The tasks fail again and again, and the engine does nothing about it.
  case failed
  /// It had not arrived when the time was over.
  case deadline

  package var isGood: Bool { self == .converged || self == .unchanged }

  /// The worst comes first: what says most about what has to be done.
  static let bySeverity: [RolloutOutcome] = [.paused, .failed, .deadline, .rolledBack, .converged, .unchanged]
}

/// The end of a task that should not have ended.
package struct TaskFailure: Equatable, Sendable {
  package var taskID: String
  /// `web.2`, or `web@node1` where there is a task on each node.
  package var task: String
  /// The node's name, empty where the task was never placed.
  package var node: String
  package var state: TaskState
  package var exitCode: Int?
  /// What the engine says of it.
  package var error: String

  /// `task web.2 failed on node1: exit 1`.
  package var text: String {
    let place = node.isEmpty || task.contains("@") ? "" : " on \(node)"
    return "task \(task) \(state)\(place)\(reason.isEmpty ? "" : ": \(reason)")"
  }

  /// The engine's words, without those that say nothing.
  private var reason: String {
    let text = error.hasPrefix("task: ") ? String(error.dropFirst("task: ".count)) : error
    let exit = exitCode.map { "exit \($0)" } ?? ""
    if text.isEmpty, exit.isEmpty {
      return state == .complete ? "it ended too early, as one that is not healthy does" : ""
    }
    guard !text.isEmpty else { return exit }
    // `non-zero exit (137): dockerexec: unhealthy container`
    guard text.hasPrefix("non-zero exit ("), let end = text.firstIndex(of: ")") else { return text }
    let code = text[..<end].drop { $0 != "(" }.dropFirst()
    return "exit \(code)\(text[text.index(after: end)...])"
  }
}
