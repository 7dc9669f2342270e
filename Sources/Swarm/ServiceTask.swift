package import Engine

/// A task of a service, with the fields of `GET /tasks` that count here.
///
/// Docker calls it a task; the name here keeps clear of Swift's.
package struct ServiceTask: Equatable, Sendable {
  package var id: String
  package var serviceID = ""
  /// The place among the replicas; 0 where there is none, as in global services, and for the first of a replicated job.
  package var slot = 0
  /// Empty before the task is assigned.
  package var nodeID = ""
  package var state = TaskState.new
  package var desiredState = TaskState.running
  package var reservations = Resources()
  package var jobIteration = 0
  /// When the state was reached.
  ///
  /// Not read for tasks that run well or ended well, which are most.
  package var timestamp: Timestamp?
  /// What the engine says of a failure, empty otherwise.
  package var error = ""
  /// The exit code of a task that failed.
  package var exitCode: Int?

  package init(id: String) { self.id = id }

  /// Whether the task is to run, or to run to its end.
  ///
  /// One that was replaced, or is not needed any more, is not.
  package var isWanted: Bool { desiredState <= .complete }
}

extension ServiceTask: Decodable {
  package init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    self.init(id: try fields.value("ID") ?? "")
    serviceID = try fields.value("ServiceID") ?? ""
    slot = try fields.value("Slot") ?? 0
    nodeID = try fields.value("NodeID") ?? ""
    desiredState = try fields.value("DesiredState") ?? desiredState
    jobIteration = try fields.object("JobIteration").value("Index") ?? 0
    let status = try fields.object("Status")
    state = try status.value("State") ?? state
    if isWanted {
      reservations = try fields.object("Spec").object("Resources").value("Reservations") ?? reservations
    }
    switch state {
    case .pending, .failed, .rejected, .orphaned:
      timestamp = try status.value("Timestamp", as: Timestamp.self)?.unlessZero
      error = try status.value("Err") ?? ""
      exitCode = try status.object("ContainerStatus").value("ExitCode")
    default: break
    }
  }
}
