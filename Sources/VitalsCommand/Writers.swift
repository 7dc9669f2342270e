import EventLoop
import FoundationEssentials
import Operations
import Scoring
import Swarm

/// The services of a stack that write to its stores, while those are replaced.
struct Writers {
  /// The names of the application's services.
  private static let ordinary = ["web", "celery", "beat"]
  /// The label of a service that was given back its replicas, with the time.
  private static let restoredLabel = "vitals.restored"
  /// The label of one that is stopped, with the number of replicas that it had: a command that is killed leaves it.
  private static let stoppedLabel = "vitals.stopped"

  let services: [LiveService]
  let context: OperatorContext

  init(_ services: [LiveService], _ context: OperatorContext) {
    self.services = services
    self.context = context
  }

  /// The services that `names` means, or the ordinary ones that there are; without those that are to have no replicas.
  static func find(_ names: [String], among services: [LiveService]) throws(OperationError) -> [LiveService] {
    var found: [LiveService] = []
    for name in names {
      let service = try Service.named(name, among: services.map(\.service))
      guard case .replicated = service.mode else {
        throw OperationError(.usage, "--stop \(name): only services with replicas can be stopped")
      }
      found += services.filter { $0.service.id == service.id }
    }
    if names.isEmpty { found = services.filter { ordinary.contains($0.service.shortName) } }
    return found.filter { replicas(in: $0.specification) > 0 }
  }

  /// How many replicas a service has, or had before a restore that was killed.
  private static func replicas(in specification: JSONValue) -> Int64 {
    let count = specification["Mode"]["Replicated"]["Replicas"].integer ?? 0
    return count > 0 ? count : specification["Labels"][stoppedLabel].text.flatMap { Int64($0) } ?? 0
  }

  /// Stops the services, lets `body` do its work, and starts them again, whatever came of it.
  func stopped(_ body: () async throws(OperationError) -> Void) async throws(OperationError) {
    var stopped: [(service: Service, count: Int64)] = []
    var failure = await Result { () async throws(OperationError) in
      for service in services.map(\.service) {
        context.output.progress("stopping \(service.shortName)")
        stopped.append((service, try await stop(service)))
        let numbers = stopped.map { "\($0.service.shortName)=\($0.count)" }.joined(separator: " ")
        context.interruption.cleanUp = {
          complain("vitals restore: stopped before its end; then: vitals scale \(numbers)")
        }
      }
      try await awaitEnd()
      try await body()
    }.error
    for (service, count) in stopped {
      do throws(OperationError) {
        try await start(service, count)
        context.output.progress("\(service.shortName) is scaled back to \(count)")
      } catch {
        context.output.progress(
          "\(service.shortName) could not be scaled back (\(error.message)): vitals scale \(service.shortName)=\(count)"
        )
        failure = failure ?? error
      }
    }
    context.interruption.cleanUp = {}
    if let failure { throw failure }
  }

  /// - Returns: how many replicas it had.
  private func stop(_ service: Service) async throws(OperationError) -> Int64 {
    var count: Int64 = 0
    try await update(service) { specification in
      count = Writers.replicas(in: specification)
      specification["Mode"]["Replicated"]["Replicas"] = .integer(0)
      specification["Labels"][Writers.stoppedLabel] = .string("\(count)")
    }
    return count
  }

  private func start(_ service: Service, _ count: Int64) async throws(OperationError) {
    try await update(service) { specification in
      specification["Mode"]["Replicated"]["Replicas"] = .integer(count)
      specification["Labels"][Writers.stoppedLabel] = .null
    }
    // Once more, or the version before would be the one with no replicas, and a roll back would go there.
    try await update(service) { specification in
      specification["Labels"][Writers.restoredLabel] = .string(Date().formatted(.iso8601))
    }
  }

  private func update(_ service: Service, _ change: (inout JSONValue) -> Void) async throws(OperationError) {
    try await context.manager.update("/services/\(service.id)", before: .now + .seconds(30)) { specification in
      change(&specification)
      return true
    }
  }

  /// Waits until no task runs, but for those on nodes that are down, of which nobody knows.
  private func awaitEnd() async throws(OperationError) {
    let ids = Set(services.map(\.service.id))
    try await context.waiting.untilNothing { () throws(OperationError) in
      let live = Set(try await context.manager.nodes(before: context.deadline).filter(\.isAlive).map(\.id))
      let left = try await context.manager.tasks(before: context.deadline).count {
        ids.contains($0.serviceID) && live.contains($0.nodeID) && $0.state >= .starting && $0.state <= .running
      }
      return left == 0 ? nil : "\(counted(left, "task")) not ended yet"
    }
  }
}
