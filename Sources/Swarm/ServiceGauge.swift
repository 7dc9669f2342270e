import Engine
import Metrics

/// A gauge with one series a service, or none for a service to which it does not apply.
struct ServiceGauge: Sendable {
  let name: String
  let help: String
  /// Whether the series have the label `mode`.
  var hasMode = false
  let value: @Sendable (ServiceAccount, FailureLedger.Tally) -> Double?

  private init(
    _ name: String, _ help: String, hasMode: Bool = false,
    _ value: @escaping @Sendable (ServiceAccount, FailureLedger.Tally) -> Double?
  ) {
    self.name = name
    self.help = help
    self.hasMode = hasMode
    self.value = value
  }

  static let all: [ServiceGauge] = [
    ServiceGauge(
      "swarm_service_replicas_desired", "Replicas that there should be; of a job, those to run at present.",
      hasMode: true
    ) { account, _ in Double(account.desired) },
    ServiceGauge(
      "swarm_service_replicas_running", "Replicas with a running task on a node that is not down.", hasMode: true
    ) { account, _ in Double(account.running) },
    ServiceGauge(
      "swarm_service_replicas_reported", "Running tasks by the engine's count, as docker service ls shows it.",
      hasMode: true
    ) { account, _ in account.reported.map(Double.init) },
    ServiceGauge(
      "swarm_service_replicas_updated", "Running replicas that are made from the present specification.", hasMode: true
    ) { account, _ in Double(account.updated) },
    ServiceGauge(
      "swarm_service_pending_since_timestamp_seconds", "Since when a task waits for a node that it can run on."
    ) { account, _ in account.pendingSince?.seconds },
    ServiceGauge(
      "swarm_service_last_failure_timestamp_seconds", "When the last of the failed tasks in the task history failed."
    ) { _, tally in tally.lastFailure?.seconds },
    ServiceGauge(
      "swarm_service_last_failure_exit_code", "The exit code of that task, where its process had begun."
    ) { _, tally in tally.lastExitCode.map(Double.init) },
    ServiceGauge(
      "swarm_service_update_started_timestamp_seconds", "When the last update of the tasks began."
    ) { account, _ in account.service.update?.startedAt?.seconds },
    ServiceGauge(
      "swarm_service_update_completed_timestamp_seconds", "When the last update, or its rollback, was complete."
    ) { account, _ in account.service.update?.completedAt?.seconds },
    ServiceGauge(
      "swarm_service_creation_timestamp_seconds", "When the service was made."
    ) { account, _ in account.service.createdAt?.seconds },
    ServiceGauge(
      "swarm_service_updated_timestamp_seconds", "When the service was last changed, by a user or by an update."
    ) { account, _ in account.service.updatedAt?.seconds },
    ServiceGauge(
      "swarm_service_cpu_limit", "Processors that a task may use."
    ) { account, _ in unlessUnset(account.service.limits.cpus) },
    ServiceGauge(
      "swarm_service_cpu_reservation", "Processors that a task reserves."
    ) { account, _ in unlessUnset(account.service.reservations.cpus) },
    ServiceGauge(
      "swarm_service_memory_limit_bytes", "Memory that a task may use."
    ) { account, _ in unlessUnset(Double(account.service.limits.memory)) },
    ServiceGauge(
      "swarm_service_memory_reservation_bytes", "Memory that a task reserves."
    ) { account, _ in unlessUnset(Double(account.service.reservations.memory)) },
    ServiceGauge(
      "swarm_service_max_replicas_per_node", "Replicas that one node may have."
    ) { account, _ in unlessUnset(Double(account.service.maximumPerNode)) },
    ServiceGauge(
      "swarm_service_job_completions", "Tasks of a job that ran to their end."
    ) { account, _ in account.completionsDesired == nil ? nil : Double(account.completed) },
    ServiceGauge(
      "swarm_service_job_completions_desired", "Tasks of a job that are to run to their end."
    ) { account, _ in account.completionsDesired.map(Double.init) },
  ]

  /// The API writes 0, or nothing, where there is no limit.
  private static func unlessUnset(_ value: Double) -> Double? { value == 0 ? nil : value }
}
