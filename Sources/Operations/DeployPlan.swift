package import Swarm

/// What a deploy would change: the file against the newest record, and the record against what the swarm has.
package struct DeployPlan: Equatable, Sendable, Encodable {
  package struct Options: Sendable {
    /// Whether services that the file does not have are removed.
    package var prune = false
    /// Whether a number of replicas that somebody has set since goes back to the file's.
    package var resetScale = false
    /// What registries have for images at present, by images' names.
    package var digests: [String: String] = [:]
    /// The swarm's; without any, nothing is said of places.
    package var nodes: [Node] = []

    package init() {}
  }

  package enum Action: String, Sendable, Encodable {
    case add, change, remove
    /// The file is as it was, but somebody has changed the service, or the swarm has rolled it back.
    case restore
    /// The service runs, and no record says how it came to be.
    case adopt
    /// It is not in the file, and stays.
    case leave
    case unchanged
  }

  package struct Service: Equatable, Sendable, Encodable {
    package var name: String
    package var action: Action
    package var changes: [FieldChange] = []
    /// The number of replicas that it keeps although the file has another one.
    package var keptReplicas: Int?
    /// The file's number of replicas.
    package var replicas: Int?
  }

  /// A config, secret, network or volume that is made or changed.
  package struct Object: Equatable, Sendable, Encodable {
    package var kind: String
    package var name: String
    package var action: Action
    package var changes: [FieldChange] = []
  }

  package var stack: String
  /// The number of the release that this would be.
  package var release: Int
  /// In the order of the file, then those that only the swarm has.
  package private(set) var services: [Service] = []
  package private(set) var objects: [Object] = []
  /// What would not run, as the nodes are at present.
  package private(set) var warnings: [String] = []

  package init(_ file: StackFile, live: LiveStack, _ options: Options = Options()) {
    let record = live.record
    let document = file.document(of: live.stack)
    stack = live.stack
    release = (record?.number ?? 0) + 1
    for service in file.services {
      services.append(
        DeployPlan.plan(service, document: document, record: record, live: live.services[service.name], options))
    }
    for name in live.services.keys.sorted() where !file.services.contains(where: { $0.name == name }) {
      services.append(Service(name: name, action: options.prune ? .remove : .leave))
    }
    for (kind, section) in [
      ("config", "configs"), ("secret", "secrets"), ("network", "networks"), ("volume", "volumes"),
    ] {
      let old = record?.document[section].members ?? [:]
      for (key, value) in document[section].members.sorted(by: { $0.key < $1.key })
      where value["external"] == .null {
        let changes = old[key].map { FieldChange.between($0, value) } ?? []
        // The hash of the contents is a part of the name already.
        let shown = changes.filter { !$0.field.hasPrefix("labels.\(StackFile.contentLabel)") }
        let name = value["name"].text ?? "\(live.stack)_\(key)"
        if old[key] == nil {
          if !live.has(kind, name) { objects.append(Object(kind: kind, name: name, action: .add)) }
        } else if !changes.isEmpty {
          objects.append(Object(kind: kind, name: name, action: .change, changes: shown))
        }
      }
    }
    if !options.nodes.isEmpty {
      let names = services.filter { ($0.keptReplicas ?? $0.replicas) != 0 }.map(\.name)
      warnings = DeployPlan.misfits(of: Set(names), in: file, on: options.nodes)
    }
  }

  /// Whether another plan does the same, whatever it warns of.
  package func changesTheSame(as other: DeployPlan) -> Bool {
    var other = other
    other.warnings = warnings
    return self == other
  }

  /// Whether nothing has to be done.
  package var isEmpty: Bool { changed.isEmpty && objects.isEmpty }

  /// The services that are not left as they are.
  package var changed: [Service] { services.filter { $0.action != .unchanged && $0.action != .leave } }

  package var removed: [String] { services.filter { $0.action == .remove }.map(\.name) }

  /// The numbers of replicas that take the place of the file's.
  package var replicas: [String: Int] {
    Dictionary(services.compactMap { service in service.keptReplicas.map { (service.name, $0) } }) { $1 }
  }

  private static func plan(
    _ service: StackService, document: JSONValue, record: ReleaseRecord?, live: LiveStack.Service?, _ options: Options
  ) -> Service {
    var plan = Service(name: service.name, action: .unchanged, replicas: service.replicas)
    let image = service.image?.text ?? ""
    guard let live else {
      plan.action = .add
      plan.changes = [FieldChange(field: "image", old: nil, new: image)]
      return plan
    }
    if let desired = service.replicas, let number = live.replicas, number != desired,
      live.recordedReplicas == desired
    {
      if options.resetScale {
        plan.changes.append(FieldChange(field: "deploy.replicas", old: "\(number)", new: "\(desired)"))
      } else {
        plan.keptReplicas = number
      }
    }
    guard let recorded = record?.document["services"].members[service.name],
      let specification = record?.specifications[service.name], let record
    else {
      plan.action = .adopt
      let now = String(live.image.prefix { $0 != "@" })
      if now != image { plan.changes.append(FieldChange(field: "image", old: now, new: image)) }
      return plan
    }
    plan.changes += FieldChange.between(recorded, document["services"].members[service.name] ?? .null)
    plan.changes += contentChanges(of: service, record.document, document)
    if let digest = options.digests[image], live.image.contains("@"), !live.image.hasSuffix(digest) {
      let old = String(live.image.drop { $0 != "@" }.dropFirst())
      plan.changes.append(FieldChange(field: "digest of \(image)", old: old, new: digest))
    }
    if !plan.changes.isEmpty {
      plan.action = .change
      return plan
    }
    plan.changes = FieldChange.between(comparable(live.specification), comparable(specification))
    if !plan.changes.isEmpty { plan.action = .restore }
    return plan
  }

  /// The configs and secrets of a service that have other contents.
  private static func contentChanges(
    of service: StackService, _ old: JSONValue, _ new: JSONValue
  ) -> [FieldChange] {
    [("configs", service.configs), ("secrets", service.secrets)].flatMap { section, grants in
      grants.compactMap { grant in
        let before = old[section][grant.source]["name"].text
        let after = new[section][grant.source]["name"].text
        guard before != after else { return nil }
        return FieldChange(field: "\(section).\(grant.source)", old: before, new: after)
      }
    }
  }

  /// A specification without what others than a deploy set: a scaling, a restart, labels of this program.
  private static func comparable(_ specification: JSONValue) -> JSONValue {
    var value = specification
    if value["Mode"]["Replicated"] != .null { value["Mode"]["Replicated"]["Replicas"] = .null }
    value["TaskTemplate"]["ForceUpdate"] = .null
    value["Labels"] = .object(value["Labels"].members.filter { !$0.key.hasPrefix("vitals.") })
    return value
  }
}
