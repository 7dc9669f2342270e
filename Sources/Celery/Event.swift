/// What a worker or a client has told.
package enum Event: Equatable, Sendable {
  /// `worker-online`, and `worker-heartbeat`, which follows every two seconds.
  case heartbeat(Heartbeat)
  /// `worker-offline`: a worker that ends in order says so.
  case offline(hostname: String)
  case task(TaskEvent)
  /// An application's own event, or one that has no metric.
  case foreign
}

/// A worker's sign of life.
package struct Heartbeat: Equatable, Sendable {
  /// The worker's name: `celery@web-1`.
  package var hostname: String
  /// The seconds from one heartbeat to the next.
  package var frequency = 2.0
  /// Tasks that the worker runs.
  package var active = 0
  /// Tasks that it has begun since it started.
  package var processed = 0
}

/// A step in the life of a task.
package struct TaskEvent: Equatable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    case sent, received, started, succeeded, failed, rejected, revoked, retried

    /// Whether the task is done after it, unless it is tried again.
    var isEnd: Bool {
      switch self {
      case .succeeded, .failed, .rejected, .revoked: true
      case .sent, .received, .started, .retried: false
      }
    }
  }

  package var kind: Kind
  package var uuid: String
  /// Who tells: a worker, or of `sent` a client.
  package var hostname: String?
  /// The task's name, which only `sent` and `received` have.
  package var name: String?
  /// The queue, which only `sent` has.
  package var queue: String?
  /// The class of the exception that it failed with.
  package var exception: String?
  /// How long the task ran, in seconds.
  package var runtime: Double?
}
