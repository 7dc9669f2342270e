import EventLoop
import FoundationEssentials
import Operations
import Scoring
import Swarm

/// The services of a stack that write to its stores, while those are replaced.
struct Writers {
  /// The names of the application's services.
  private static let ordinary = ["web", "celery", "beat"]
  private static let label = "vitals.restored"

  let services: [Service]
  let context: OperatorContext

  init(_ services: [Service], _ context: OperatorContext) {
    self.services = services
    self.context = context
  }

  /// The services that `names` means, or the ordinary ones that there are; those with no replicas are stopped already.
  static func find(_ names: [String], among services: [Service]) throws(OperationError) -> [Service] {
    var found: [Service] = []
    for name in names {
      let service = try Service.named(name, among: services)
      guard case .replicated = service.mode else {
        throw OperationError(.usage, "--stop \(name): only services with replicas can be stopped")
      }
      found.append(service)
    }
    if names.isEmpty { found = services.filter { ordinary.contains($0.shortName) } }
    return found.filter { if case .replicated(let count) = $0.mode { count > 0 } else { false } }
  }

  /// Stops the services, lets `body` do its work, and starts them again, whatever came of it.
  func stopped(_ body: () async throws(OperationError) -> Void) async throws(OperationError) {
    var failure = await Result { () async throws(OperationError) in
      for service in services { try await setReplicas(0, of: service) }
      try await awaitEnd()
      try await body()
    }.error
    for service in services {
      guard case .replicated(let count) = service.mode else { continue }
      do throws(OperationError) {
        try await setReplicas(count, of: service)
        // Once more, or the version before would be the one with no replicas, and a roll back would go there.
        try await mark(service)
        context.output.progress("\(service.shortName) is scaled back to \(count)")
      } catch {
        context.output.progress(
          "\(service.shortName) could not be scaled back (\(error.message)): vitals scale \(service.shortName)=\(count)"
        )
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  private func setReplicas(_ count: Int, of service: Service) async throws(OperationError) {
    try await context.manager.update("/services/\(service.id)", before: .now + .seconds(30)) { specification in
      specification["Mode"]["Replicated"]["Replicas"] = .integer(Int64(count))
      return true
    }
    if count == 0 { context.output.progress("stopping \(service.shortName)") }
  }

  private func mark(_ service: Service) async throws(OperationError) {
    try await context.manager.update("/services/\(service.id)", before: .now + .seconds(30)) { specification in
      specification["Labels"][Writers.label] = .string(Date().formatted(.iso8601))
      return true
    }
  }

  /// Waits until no task runs, but for those on nodes that are down, of which nobody knows.
  private func awaitEnd() async throws(OperationError) {
    let ids = Set(services.map(\.id))
    try await context.waiting.untilNothing { () throws(OperationError) in
      let live = Set(try await context.manager.nodes(before: context.deadline).filter(\.isAlive).map(\.id))
      let left = try await context.manager.tasks(before: context.deadline).count {
        ids.contains($0.serviceID) && live.contains($0.nodeID) && $0.state >= .starting && $0.state <= .running
      }
      return left == 0 ? nil : "\(counted(left, "task")) not ended yet"
    }
  }
}
