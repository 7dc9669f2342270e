package import EventLoop

/// What the swarm has of a stack, and of all that its file may ask for.
package struct LiveStack: Equatable, Sendable {
  /// A service as the engine has it.
  package struct Service: Equatable, Sendable {
    package var id: String
    package var specification: JSONValue
    /// What a rollback would go back to, null where there is nothing.
    package var previous: JSONValue

    package init(id: String, specification: JSONValue, previous: JSONValue = .null) {
      self.id = id
      self.specification = specification
      self.previous = previous
    }

    package var replicas: Int? {
      specification["Mode"]["Replicated"]["Replicas"].integer.map { Int($0) }
    }

    /// The number of replicas that the file had when it was deployed.
    package var recordedReplicas: Int? {
      specification["Labels"][StackFile.replicasLabel].text.flatMap { Int($0) }
    }

    /// The image, `name:tag@digest` where it is pinned.
    package var image: String { LiveService.image(of: specification) }

    /// The names of configs and secrets that this specification or the previous one names.
    package var grants: Set<String> {
      var names: Set<String> = []
      for spec in [specification, previous] {
        let container = spec["TaskTemplate"]["ContainerSpec"]
        for (list, key) in [("Configs", "ConfigName"), ("Secrets", "SecretName")] {
          names.formUnion(container[list].elements.compactMap { $0[key].text })
        }
      }
      return names
    }
  }

  package var stack: String
  /// By names without the stack's.
  package var services: [String: Service]
  /// All of the swarm.
  package var configs: [NamedObject]
  package var secrets: [NamedObject]
  package var networks: [NamedObject]

  package init(
    stack: String, services: [String: Service] = [:], configs: [NamedObject] = [], secrets: [NamedObject] = [],
    networks: [NamedObject] = []
  ) {
    self.stack = stack
    self.services = services
    self.configs = configs
    self.secrets = secrets
    self.networks = networks
  }

  /// The label by which Docker knows what belongs to a stack.
  static let label = "com.docker.stack.namespace"

  /// Whether there is an object already, also of a deploy that has left no record.
  ///
  /// Of volumes only their nodes know; they come with the services.
  func has(_ kind: String, _ name: String) -> Bool {
    switch kind {
    case "config": configs.contains { $0.name == name }
    case "secret": secrets.contains { $0.name == name }
    case "network": networks.contains { $0.name == name }
    default: !services.isEmpty && record == nil
    }
  }

  package var record: ReleaseRecord? { ReleaseRecord.all(of: stack, among: configs).last }
}

extension Manager {
  package func liveStack(_ stack: String, before deadline: Instant) async throws(OperationError) -> LiveStack {
    var live = LiveStack(stack: stack)
    for value in try await object("/services", before: deadline).elements {
      let spec = value["Spec"]
      guard spec["Labels"][LiveStack.label].text == stack, let name = spec["Name"].text else { continue }
      let short = name.hasPrefix("\(stack)_") ? String(name.dropFirst(stack.count + 1)) : name
      live.services[short] = LiveStack.Service(
        id: value["ID"].text ?? "", specification: spec, previous: value["PreviousSpec"])
    }
    live.configs = try await objects(.configs, before: deadline)
    live.secrets = try await objects(.secrets, before: deadline)
    live.networks = try await objects(.networks, before: deadline)
    return live
  }
}
