extension StackNeeds {
  /// Reads from a stack file what has to be there before it is deployed.
  ///
  /// `x-vitals` says what Docker has no word for: of a secret, `value` or `template`; of an external network, `subnet` and
  /// `attachable`.
  ///
  /// - Parameter stack: the name of the stack whose own networks are to be made too, encrypted; nil leaves them to the
  ///   deployment, which makes them as the file says.
  /// - Throws: `usage` where `x-vitals` can't be understood.
  package init(_ file: StackFile, encryptingNetworksOf stack: String? = nil) throws(OperationError) {
    self.init()
    for network in file.networks {
      for text in network.subnets { try StackNeeds.check(subnet: text, of: network) }
      // Of those of IPv6 nothing is known here.
      subnets += network.subnets.compactMap { Subnet($0) }
      if network.isExternal {
        var external = try StackNeeds.external(network)
        external.isEncrypted = stack != nil
        subnets += external.subnets.compactMap { Subnet($0) }
        networks.append(external)
      } else if let stack, network.driver ?? "overlay" == "overlay" {
        var own = Network(name: network.name(in: stack), subnets: network.subnets)
        own.isAttachable = network.isAttachable
        own.isInternal = network.isInternal
        own.isEncrypted = true
        // By which the deployment takes it for its own, and a cleanup knows that it waits for that.
        own.labels = network.labels.merging([LiveStack.label: stack, Initialization.label: "init"]) { $1 }
        networks.append(own)
      }
    }
    configs = file.configs.compactMap { $0.isExternal ? $0.fixedName : nil }
    secrets = try file.secrets.filter(\.isExternal).map { secret throws(OperationError) in
      Secret(key: secret.key, name: secret.fixedName ?? secret.key, origin: try StackNeeds.origin(of: secret))
    }
    for service in file.services {
      for constraint in service.constraints {
        guard let label = constraint.text.flatMap(NodeLabel.init(constraint:)), !labels.contains(label) else {
          continue
        }
        labels.append(label)
      }
    }
  }

  private static func external(_ object: StackObject) throws(OperationError) -> Network {
    var network = Network(name: object.fixedName ?? object.key)
    for entry in object.extras?.entries ?? [] {
      switch entry.key {
      case "subnet":
        network.subnets = [entry.value.text ?? ""]
        try check(subnet: network.subnets[0], of: object)
      case "attachable": network.isAttachable = entry.value.bool ?? true
      default: throw misunderstood(entry, known: ["subnet", "attachable"])
      }
    }
    return network
  }

  private static func origin(of secret: StackObject) throws(OperationError) -> Origin {
    guard let extras = secret.extras else { return .generated }
    var origin = Origin.generated
    for entry in extras.entries {
      guard let text = entry.value.text, !text.isEmpty else {
        throw OperationError(.usage, "\(entry.position): \(entry.key) of the secret \(secret.key) is empty")
      }
      switch entry.key {
      case "value": origin = .value(text)
      case "template": origin = .template(text)
      default: throw misunderstood(entry, known: ["value", "template"])
      }
    }
    guard extras.entries.count < 2 else {
      throw OperationError(.usage, "\(extras.position): the secret \(secret.key) has a value or a template, not both")
    }
    return origin
  }

  private static func check(subnet text: String, of network: StackObject) throws(OperationError) {
    guard !text.contains(":"), Subnet(text) == nil else { return }
    throw OperationError(
      .usage, "\(network.position): \(text) of the network \(network.key) is no subnet",
      advice: "Write it as 10.0.10.0/24.")
  }

  private static func misunderstood(_ entry: StackEntry, known: [String]) -> OperationError {
    OperationError(
      .usage, "\(entry.position): x-vitals has no \(entry.key)", advice: Suggestion(for: entry.key, among: known).text)
  }
}
