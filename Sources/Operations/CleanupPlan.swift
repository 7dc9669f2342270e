/// Something that nobody needs any more.
package struct CleanupItem: Equatable, Sendable, Encodable {
  package enum Kind: String, Sendable, Encodable {
    case run, container, image, cache, network, config, secret, volume
  }

  package var kind: Kind
  package var name: String
  /// By what the engine knows it; of an image, the id.
  package var id: String
  /// Bytes, nil where there are none to speak of.
  package var size: UInt64?
  /// Why nobody needs it.
  package var reason: String
}

/// What an engine has.
package struct EngineStock: Sendable {
  package var containers: [Container] = []
  package var images: [EngineImage] = []
  /// Bytes of the build cache that no build uses at present.
  package var cache: UInt64 = 0
  /// Names of volumes with their sizes, -1 for unknown.
  package var volumes: [String: Int64] = [:]

  package init() {}
}

/// What the swarm has, and what of that is in use.
package struct SwarmStock: Sendable {
  /// Services whole, with their present and their previous specification.
  package var services: [JSONValue] = []
  /// Ids of services with a task that has not ended.
  package var busy: Set<String> = []
  package var networks: [NamedObject] = []
  package var configs: [NamedObject] = []
  package var secrets: [NamedObject] = []

  package init() {}

  private var specifications: [JSONValue] { services.flatMap { [$0["Spec"], $0["PreviousSpec"]] } }

  /// The images that services run or can go back to.
  var images: Set<String> {
    Set(specifications.compactMap { $0["TaskTemplate"]["ContainerSpec"]["Image"].text })
  }

  /// The ids of configs and secrets that services use or can go back to.
  var references: Set<String> {
    var found: Set<String> = []
    func walk(_ value: JSONValue) {
      for (key, member) in value.members {
        if let id = member.text, ["ConfigID", "SecretID", "Config"].contains(key) { found.insert(id) }
        walk(member)
      }
      value.elements.forEach(walk)
    }
    specifications.forEach(walk)
    return found
  }

  var stacks: Set<String> {
    Set(services.compactMap { $0["Spec"]["Labels"][LiveStack.label].text })
  }
}

/// What can go, and what stays because something needs it.
package struct CleanupPlan: Equatable, Sendable {
  package private(set) var items: [CleanupItem] = []
  /// Images that services or containers need.
  package private(set) var keptImages: [String] = []

  package var size: UInt64 { items.reduce(0) { $0 + ($1.size ?? 0) } }

  /// What of an engine can go.
  ///
  /// - Parameter volumes: names of volumes that somebody wants removed; no other one is touched.
  /// - Throws: `failed` where there is no such volume.
  package init(of engine: EngineStock, in swarm: SwarmStock, volumes: [String] = []) throws(OperationError) {
    let stopped = engine.containers.filter { $0.isLeftOver }
    for container in stopped {
      items.append(
        CleanupItem(
          kind: .container, name: container.name, id: container.id, size: container.size,
          reason: "\(container.state) container of a task"))
    }
    let remaining = engine.containers.filter { !$0.isLeftOver }
    let references = Set((swarm.images + remaining.map(\.image)).map(ImageReference.init))
    let ids = Set(remaining.map(\.imageID) + remaining.map(\.image) + swarm.images)
    for image in engine.images.sorted(by: { $0.name < $1.name }) {
      if image.isMeant(by: references, ids: ids) {
        keptImages.append(image.name)
      } else {
        let reason =
          image.tags.isEmpty && image.digests.isEmpty ? "has lost its name" : "no service or container uses it"
        items.append(CleanupItem(kind: .image, name: image.name, id: image.id, size: image.size, reason: reason))
      }
    }
    if engine.cache > 0 {
      items.append(
        CleanupItem(kind: .cache, name: "build cache", id: "", size: engine.cache, reason: "no build uses it"))
    }
    for name in volumes {
      guard let size = engine.volumes[name] else {
        let near = Suggestion(for: name, among: Array(engine.volumes.keys)).text
        throw OperationError(.failed, "this engine has no volume \(name)", advice: near)
      }
      items.append(
        CleanupItem(
          kind: .volume, name: name, id: name, size: size < 0 ? nil : UInt64(size), reason: "named by --volume"))
    }
  }

  /// What of the swarm can go.
  package init(of swarm: SwarmStock) {
    let references = swarm.references
    let stacks = swarm.stacks
    for service in swarm.services where service["Spec"]["Labels"].members[JobSpecification.label] != nil {
      guard let id = service["ID"].text, !swarm.busy.contains(id) else { continue }
      items.append(
        CleanupItem(
          kind: .run, name: service["Spec"]["Name"].text ?? id, id: id, reason: "a vitals run that has ended"))
    }
    for network in swarm.networks {
      guard let stack = network.labels[LiveStack.label], !stacks.contains(stack),
        network.labels[Initialization.label] == nil
      else { continue }
      items.append(
        CleanupItem(kind: .network, name: network.name, id: network.id, reason: "the stack \(stack) is gone"))
    }
    for (kind, objects) in [(CleanupItem.Kind.config, swarm.configs), (.secret, swarm.secrets)] {
      for object in objects where !references.contains(object.id) {
        guard let reason = CleanupPlan.reason(object, stacks) else { continue }
        items.append(CleanupItem(kind: kind, name: object.name, id: object.id, reason: reason))
      }
    }
  }

  /// What can go by this plan and by one that was made earlier, which somebody has seen.
  package func limited(to seen: CleanupPlan) -> CleanupPlan {
    var plan = self
    plan.items.removeAll { item in !seen.items.contains { $0.kind == item.kind && $0.id == item.id } }
    return plan
  }

  /// Why nobody needs a config or a secret that no specification names; nil where somebody may.
  private static func reason(_ object: NamedObject, _ stacks: Set<String>) -> String? {
    if let (stack, _) = ReleaseRecord.parse(name: object.name) {
      return stacks.contains(stack) ? nil : "the stack \(stack) is gone"
    }
    // Only what a deployment has made under a name with a hash: others may be there for a service that is to come.
    let isOwned =
      object.labels[LiveStack.label] != nil || object.labels.keys.contains { $0.hasPrefix("vitals.") }
    let suffix = object.name.suffix(13)
    let isHash = suffix.first == "-" && suffix.dropFirst().allSatisfy { $0.isHexDigit && !$0.isUppercase }
    return isOwned && suffix.count == 13 && isHash ? "no specification uses it, nor the one before" : nil
  }
}

extension Container {
  /// A task's container that has ended and is kept for its log only.
  fileprivate var isLeftOver: Bool {
    labels["com.docker.swarm.task.id"] != nil && (state == "exited" || state == "dead")
  }
}
