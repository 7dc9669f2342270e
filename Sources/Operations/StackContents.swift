package import EventLoop
import Scoring
package import Swarm

/// All that a stack has in the swarm, and what its containers use on an engine.
package struct StackContents: Sendable {
  package var stack: String
  package var services: [Service] = []
  package var networks: [NamedObject] = []
  package var secrets: [NamedObject] = []
  /// Also the records of its releases.
  package var configs: [NamedObject] = []

  /// How much of each there is, as in `1 service, 2 networks`.
  package var summary: String {
    [
      (services.count, "service"), (networks.count, "network"), (configs.count, "config"), (secrets.count, "secret"),
    ].filter { $0.0 > 0 }.map(counted).joined(separator: ", ")
  }
}

extension Manager {
  /// What belongs to `stack`: what carries its label, and the records of its releases.
  package func contents(of stack: String, before deadline: Instant) async throws(OperationError) -> StackContents {
    var contents = StackContents(stack: stack)
    contents.services = try await services(of: stack, before: deadline).sorted { $0.name < $1.name }
    func isOwn(_ object: NamedObject) -> Bool { object.labels[LiveStack.label] == stack }
    contents.networks = try await objects(.networks, before: deadline).filter(isOwn)
    contents.secrets = try await objects(.secrets, before: deadline).filter(isOwn)
    contents.configs = try await objects(.configs, before: deadline).filter {
      isOwn($0) || ReleaseRecord.parse(name: $0.name)?.stack == stack
    }
    return contents
  }

  /// The names of all stacks.
  ///
  /// - Parameter remains: whether also of those of which only networks, secrets or configs are left.
  package func stacks(remains: Bool = false, before deadline: Instant) async throws(OperationError) -> [String] {
    var names = Set(try await services(before: deadline).map(\.stack))
    for kind in remains ? [ObjectKind.networks, .secrets, .configs] : [] {
      names.formUnion(try await objects(kind, before: deadline).compactMap { $0.labels[LiveStack.label] })
    }
    return names.subtracting([""]).sorted()
  }
}
