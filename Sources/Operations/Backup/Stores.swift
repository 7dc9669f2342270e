package import EventLoop
package import Swarm

/// Where a stack has its data: the running containers of its PostgreSQL and its Redis.
package struct Stores: Sendable {
  package var postgres: ServiceContainer?
  package var redis: ServiceContainer?

  /// The service of a stack that is called `name`, or else the only one whose image is.
  package static func service(_ name: String, among services: [Service]) -> Service? {
    if let exact = services.first(where: { $0.shortName == name }) { return exact }
    let candidates = services.filter { service in
      let repository = service.image.prefix { $0 != "@" }.split(separator: "/").last ?? ""
      return repository.prefix { $0 != ":" } == name
    }
    return candidates.count == 1 ? candidates[0] : nil
  }
}

extension Manager {
  /// Finds the containers of a stack's stores.
  ///
  /// - Parameters:
  ///   - parts: which of them are wanted.
  ///   - isStrict: whether a stack that has none of a kind is an error.
  ///   - engines: where they are sought, besides this manager's own.
  package func stores(
    of stack: String, _ parts: Set<BackupPart>, isStrict: Bool, on engines: [Manager], before deadline: Instant
  ) async throws(OperationError) -> Stores {
    guard !parts.isDisjoint(with: [.postgres, .redis]) else { return Stores() }
    let services = try await services(of: stack, before: deadline)
    let engines = try await byNode([self] + engines, before: deadline)
    func find(_ part: BackupPart) async throws(OperationError) -> ServiceContainer? {
      guard parts.contains(part) else { return nil }
      guard let service = Stores.service(part.rawValue, among: services) else {
        guard isStrict else { return nil }
        throw OperationError(.failed, "\(stack) has no service \(part.rawValue)")
      }
      return try await container(of: service, on: engines, before: deadline)
    }
    return Stores(postgres: try await find(.postgres), redis: try await find(.redis))
  }
}
