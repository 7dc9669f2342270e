import Engine
package import EventLoop
import Swarm

/// What the swarm itself has of a stack: specifications, configs with their contents, nodes' labels; of secrets their names.
package struct SwarmObjects: Sendable {
  package var services: [JSONValue]
  package var networks: [JSONValue]
  package var nodes: [JSONValue]
  package var configs: [JSONValue]
  /// Names: the engine gives no contents away.
  package var secrets: [String]

  /// The files of a backup, by name.
  var files: [(name: String, value: JSONValue)] {
    [
      (Manifest.EntryName.swarm("services"), .array(services)),
      (Manifest.EntryName.swarm("networks"), .array(networks)),
      (Manifest.EntryName.swarm("nodes"), .array(nodes)), (Manifest.EntryName.swarm("configs"), .array(configs)),
      (Manifest.EntryName.swarm("secrets"), .array(secrets.map(JSONValue.string))),
    ]
  }
}

extension SwarmObjects {
  /// What a restore of a swarm's objects changes.
  package struct Plan: Equatable, Sendable {
    /// The specifications of configs that are missing.
    package var configs: [JSONValue] = []
    /// Labels that a node lacks or has another value of, by its name.
    package var labels: [String: [String: String]] = [:]
    /// Names of secrets that are missing.
    package var missingSecrets: [String] = []
    /// Names of nodes that are not in this swarm.
    package var missingNodes: [String] = []

    package init() {}
  }
}

extension SwarmObjects {
  /// A node that has joined anew is listed twice, and the one that is alive is meant.
  fileprivate static func node(named name: String, among nodes: [Node]) -> Node? {
    let found = nodes.filter { $0.hostname == name }
    return found.first(where: \.isAlive) ?? found.first
  }
}

extension Manager {
  /// Reads what belongs to a stack, and all nodes; locks are left out.
  package func swarmObjects(of stack: String, before deadline: Instant) async throws(OperationError) -> SwarmObjects {
    func isOfStack(_ object: NamedObject) -> Bool { object.labels[LiveStack.label] == stack }
    let services = try await objects(.services, before: deadline).filter(isOfStack)
    // What its services use, and what they may use after a roll back: also what is not labelled as the stack's.
    let used = Set(services.flatMap { references(in: $0.value["Spec"]) + references(in: $0.value["PreviousSpec"]) })
    let configs = try await objects(.configs, before: deadline).filter {
      isOfStack($0) && $0.name != Lock.name(of: stack) || used.contains($0.id)
        || ReleaseRecord.parse(name: $0.name)?.stack == stack
    }
    let secrets = try await objects(.secrets, before: deadline).filter { isOfStack($0) || used.contains($0.id) }
    let networks = try await objects(.networks, before: deadline).filter { isOfStack($0) || used.contains($0.id) }
    let nodes = try await object("/nodes", before: deadline).elements.map { node in
      var kept = JSONValue.object([:])
      kept["Hostname"] = node["Description"]["Hostname"]
      kept["Spec"] = node["Spec"]
      return kept
    }
    return SwarmObjects(
      services: services.map { $0.value["Spec"] }, networks: networks.map(\.value), nodes: nodes,
      configs: configs.map { $0.value["Spec"] }, secrets: secrets.map(\.name))
  }

  /// Compares what a backup has with what the swarm has.
  package func plan(
    configs: JSONValue, nodes: JSONValue, secrets: JSONValue, before deadline: Instant
  ) async throws(OperationError) -> SwarmObjects.Plan {
    var plan = SwarmObjects.Plan()
    let present = Set(try await objects(.configs, before: deadline).map(\.name))
    plan.configs = configs.elements.filter { !present.contains($0["Name"].text ?? "") }
    let known = Set(try await objects(.secrets, before: deadline).map(\.name))
    plan.missingSecrets = secrets.elements.compactMap(\.text).filter { !known.contains($0) }
    let live = try await self.nodes(before: deadline)
    for node in nodes.elements {
      let name = node["Hostname"].text ?? ""
      let labels = node["Spec"]["Labels"].members.compactMapValues(\.text)
      guard let there = SwarmObjects.node(named: name, among: live) else {
        plan.missingNodes.append(name)
        continue
      }
      let lacking = labels.filter { there.labels[$0.key] != $0.value }
      if !lacking.isEmpty { plan.labels[name] = lacking }
    }
    return plan
  }

  /// Makes the configs and sets the labels of a plan.
  package func apply(_ plan: SwarmObjects.Plan, before deadline: Instant) async throws(OperationError) {
    for config in plan.configs { try await create(.configs, config, before: deadline) }
    let live = try await nodes(before: deadline)
    for (name, labels) in plan.labels.sorted(by: { $0.key < $1.key }) {
      guard let node = SwarmObjects.node(named: name, among: live) else { continue }
      try await update("/nodes/\(node.id)", before: deadline) { specification in
        for (label, value) in labels { specification["Labels"][label] = .string(value) }
        return true
      }
    }
  }

  /// The ids of configs, secrets and networks that a service's specification names.
  private func references(in specification: JSONValue) -> [String] {
    let template = specification["TaskTemplate"]
    let container = template["ContainerSpec"]
    return container["Configs"].elements.compactMap { $0["ConfigID"].text }
      + container["Secrets"].elements.compactMap { $0["SecretID"].text }
      + template["Networks"].elements.compactMap { $0["Target"].text }
  }
}
