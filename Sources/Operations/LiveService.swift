import Engine
import EventLoop
package import Swarm

/// A service with its specifications, as the engine has them.
package struct LiveService: Sendable {
  package var service: Service
  /// What the engine counts at each change of the service, its own included.
  package var version: Int64
  package var specification: JSONValue
  /// What a rollback goes back to; null where there is nothing.
  package var previous: JSONValue
  /// What the engine says of the last update.
  package var updateMessage: String

  package init(
    _ service: Service, version: Int64 = 1, specification: JSONValue = .null, previous: JSONValue = .null,
    updateMessage: String = ""
  ) {
    self.service = service
    self.version = version
    self.specification = specification
    self.previous = previous
    self.updateMessage = updateMessage
  }

  /// The image with its tag, and with its digest where it is pinned.
  package var image: String { LiveService.image(of: specification) }

  package static func image(of specification: JSONValue) -> String {
    specification["TaskTemplate"]["ContainerSpec"]["Image"].text ?? ""
  }
}

extension LiveService: Decodable {
  package init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    self.init(
      try Service(from: decoder), version: try fields.object("Version").value("Index") ?? 0,
      specification: try fields.value("Spec") ?? .null, previous: try fields.value("PreviousSpec") ?? .null,
      updateMessage: try fields.object("UpdateStatus").value("Message") ?? "")
  }
}

// MARK: How it is updated

extension LiveService {
  private var container: JSONValue { specification["TaskTemplate"]["ContainerSpec"] }
  private var restart: JSONValue { specification["TaskTemplate"]["RestartPolicy"] }

  /// Whether its tasks end by themselves and are not started again then.
  var isOneShot: Bool { ["none", "on-failure"].contains(restart["Condition"].text ?? "any") }

  /// Whether a task that fails is never replaced.
  var isNeverRestarted: Bool { restart["Condition"].text == "none" }

  /// Whether the specification has a health check; what the image has is not known here.
  var hasHealthCheck: Bool {
    let test = container["Healthcheck"]["Test"].elements.compactMap(\.text)
    return !test.isEmpty && test != ["NONE"]
  }

  /// How long the engine watches a new task before it takes it for good.
  func monitor(isRollback: Bool) -> Duration {
    let config = specification[isRollback ? "RollbackConfig" : "UpdateConfig"]
    let nanoseconds = config["Monitor"].integer ?? 0
    return nanoseconds > 0 ? .nanoseconds(nanoseconds) : .seconds(5)
  }

  /// How long an update may take before something is wrong with it.
  ///
  /// Each batch may use its start period, one more health check, the time for which it is monitored, and the pause after it;
  /// then come the retries of the health check, and five minutes in which the images are pulled.
  package var patience: Duration {
    let health = container["Healthcheck"]
    func time(_ value: JSONValue, _ ordinary: Duration) -> Duration {
      value.integer.flatMap { $0 > 0 ? .nanoseconds($0) : nil } ?? ordinary
    }
    let interval = time(health["Interval"], .seconds(30))
    let retries = health["Retries"].integer.flatMap { $0 > 0 ? Int($0) : nil } ?? 3
    let config = specification["UpdateConfig"]
    let replicas: Int
    switch service.mode {
    case .replicated(let count): replicas = count
    case .replicatedJob(_, let completions): replicas = completions
    case .global, .globalJob, .unknown: replicas = max(1, service.status?.desired ?? 1)
    }
    // The API's default is one at a time, and 0 means all at once.
    let parallelism = Int(config["Parallelism"].integer ?? 1)
    let batches = parallelism > 0 ? max(0, replicas - 1) / parallelism + 1 : 1
    let batch =
      time(health["StartPeriod"], .zero) + interval + time(config["Delay"], .zero) + monitor(isRollback: false)
    return batch * batches + interval * retries + .seconds(300)
  }
}
