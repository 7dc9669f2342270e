package import EventLoop
import FoundationEssentials
import Swarm

/// Prepares a swarm for a stack: each step looks first whether there is something to do.
package struct Initialization {
  /// The label of what was made for a stack before its first deployment.
  static let label = "vitals.origin"

  /// A step, and what came of it.
  package struct Step: Equatable, Sendable, Encodable {
    package enum Outcome: String, Sendable, Encodable {
      case done, present, planned, removed
    }

    package var outcome: Outcome
    /// What it is about: `swarm`, `network`, `label`, `secret`, `config`.
    package var kind: String
    package var name: String
    package var detail: String
  }

  /// A label that a node is to get.
  package struct Label: Equatable, Sendable {
    /// A host's name or an id.
    package var node: String
    package var label: StackNeeds.NodeLabel

    /// Reads `NODE:KEY=VALUE`.
    ///
    /// - Throws: `usage`.
    package init(_ text: String) throws(OperationError) {
      let wrong = OperationError(.usage, "--label \(text): use NODE:KEY=VALUE")
      guard let colon = text.firstIndex(of: ":") else { throw wrong }
      let pair = text[text.index(after: colon)...]
      guard let equals = pair.firstIndex(of: "=") else { throw wrong }
      node = String(text[..<colon])
      label = .init(key: String(pair[..<equals]), value: String(pair[pair.index(after: equals)...]))
      guard !node.isEmpty, !label.key.isEmpty, !label.key.contains(where: \.isWhitespace) else { throw wrong }
    }
  }

  package struct Options: Sendable {
    /// The address at which other nodes reach this one; the engine chooses where this is nil.
    package var advertiseAddress: String?
    /// Values of secrets by name.
    package var secrets: [String: [UInt8]] = [:]
    package var labels: [Label] = []
    package var isDry = false

    package init() {}
  }

  let manager: Manager
  let engine: EngineFacts
  let needs: StackNeeds
  let options: Options
  /// Told of each step when it is over.
  let report: (Step) -> Void

  package init(
    _ manager: Manager, engine: EngineFacts, needs: StackNeeds, options: Options, report: @escaping (Step) -> Void
  ) {
    self.manager = manager
    self.engine = engine
    self.needs = needs
    self.options = options
    self.report = report
  }

  /// Asks whether the engine is a manager that can act, or can become one.
  ///
  /// - Throws: `noManager`, `failed`.
  package func check(before deadline: Instant) async throws(OperationError) {
    guard engine.swarm == .inactive || engine.swarm == .manager else {
      let reason = engine.swarmError.isEmpty ? "" : " (\(engine.swarmError))"
      throw OperationError(
        .noManager, "this engine can't begin a swarm, nor act for one: \(engine.swarm.rawValue)\(reason)",
        advice: engine.swarm == .worker
          ? "It is a worker: run this on a manager, or let it leave its swarm first (vitals leave)."
          : engine.swarm.advice)
    }
    if engine.swarm == .manager { try await manager.check(before: deadline) }
  }

  /// Does all of it, on an engine that `check` has let pass.
  ///
  /// What can be wrong about flags and the stack file is found before the first change.
  ///
  /// - Throws: `usage`, `failed`.
  package func run(before deadline: Instant) async throws(OperationError) {
    let isSwarm = engine.swarm == .manager
    // All of it before the swarm is made: a mistake in a flag must not leave half of it.
    let existing = isSwarm ? Set(try await manager.objects(.secrets, before: deadline).map(\.name)) : []
    let secrets = try plan(existing)
    let labels = try LabelPlan(
      isSwarm ? try await manager.nodes(before: deadline) : [future], here: engine.nodeID, asked: options.labels,
      needed: needs.labels)
    try await checkConfigs(isSwarm: isSwarm, before: deadline)

    var nodeID = engine.nodeID
    if isSwarm {
      report(Step(outcome: .present, kind: "swarm", name: nodeID, detail: "\(engine.name) is a manager"))
    } else {
      nodeID = try await begin(before: deadline)
    }
    try await makeNetworks(isSwarm: isSwarm || !options.isDry, before: deadline)
    for entry in labels.entries {
      try await set(entry, nodeID: entry.nodeID.isEmpty ? nodeID : entry.nodeID, before: deadline)
    }
    try await make(secrets, before: deadline)
  }

  /// The one node of a swarm that does not exist yet; it has no id.
  private var future: Node {
    var node = Node(id: "")
    node.hostname = engine.name
    return node
  }

  // MARK: Steps

  private func plan(_ existing: Set<String>) throws(OperationError) -> SecretPlan {
    var secrets = needs.secrets
    // Without a stack file, what is given is what is needed.
    if secrets.isEmpty { secrets = options.secrets.keys.sorted().map { .init(key: $0, name: $0) } }
    return try SecretPlan(secrets, existing: existing, given: options.secrets, generate: RandomSecret.make)
  }

  private func checkConfigs(isSwarm: Bool, before deadline: Instant) async throws(OperationError) {
    guard !needs.configs.isEmpty else { return }
    let existing = isSwarm ? Set(try await manager.objects(.configs, before: deadline).map(\.name)) : []
    let missing = needs.configs.filter { !existing.contains($0) }
    guard missing.isEmpty else {
      let names = missing.joined(separator: ", ")
      let verb = isSwarm ? "" : "docker swarm init, then "
      throw OperationError(
        .failed, "the stack needs configs that the swarm does not have: \(names)",
        advice: "Make them: \(verb)docker config create NAME FILE.")
    }
    for name in needs.configs { report(Step(outcome: .present, kind: "config", name: name, detail: "")) }
  }

  /// - Returns: the id of the swarm's first node, empty in a dry run.
  private func begin(before deadline: Instant) async throws(OperationError) -> String {
    let address = options.advertiseAddress
    let detail = address.map { "other nodes reach \(engine.name) at \($0)" } ?? "\(engine.name) is its first manager"
    guard !options.isDry else {
      report(Step(outcome: .planned, kind: "swarm", name: "", detail: detail))
      return ""
    }
    let answer = try await manager.post(
      "/swarm/init",
      content: .object([
        "ListenAddr": .string("0.0.0.0:2377"), "AdvertiseAddr": .string(address ?? ""), "Spec": .object([:]),
      ]), before: deadline)
    report(Step(outcome: .done, kind: "swarm", name: answer.text ?? "", detail: detail))
    return answer.text ?? ""
  }

  private func makeNetworks(isSwarm: Bool, before deadline: Instant) async throws(OperationError) {
    guard !needs.networks.isEmpty else { return }
    let existing = isSwarm ? try await manager.objects(.networks, before: deadline) : []
    for network in needs.networks {
      let detail = (["overlay"] + network.subnets + (network.isEncrypted ? ["encrypted"] : []))
        .joined(separator: ", ")
      if let present = existing.first(where: { $0.name == network.name }) {
        try check(present, isEncrypted: network.isEncrypted)
        report(Step(outcome: .present, kind: "network", name: network.name, detail: ""))
        continue
      }
      if !options.isDry {
        try await manager.create(.networks, specification(network), before: deadline)
      }
      report(Step(outcome: options.isDry ? .planned : .done, kind: "network", name: network.name, detail: detail))
    }
  }

  /// A network can't be changed, so what is there has to be right.
  private func check(_ network: NamedObject, isEncrypted: Bool) throws(OperationError) {
    let advice = "Remove it when nothing uses it, and repeat this: docker network rm \(network.name)."
    guard network.value["Driver"].text == "overlay", network.value["Scope"].text == "swarm" else {
      let driver = network.value["Driver"].text ?? "unknown"
      throw OperationError(
        .failed, "the network \(network.name) is there, but of the driver \(driver) and not an overlay of the swarm",
        advice: advice)
    }
    guard !isEncrypted || network.value["Options"].members["encrypted"] != nil else {
      throw OperationError(.failed, "the network \(network.name) is there, but not encrypted", advice: advice)
    }
  }

  private func specification(_ network: StackNeeds.Network) -> JSONValue {
    var specification = JSONValue.object([
      "Name": .string(network.name), "Driver": .string("overlay"), "CheckDuplicate": .bool(true),
      "Attachable": .bool(network.isAttachable), "Internal": .bool(network.isInternal),
      "Labels": .object(network.labels.mapValues(JSONValue.string)),
    ])
    // Engines look whether the option is there, not at its value.
    if network.isEncrypted { specification["Options"] = .object(["encrypted": .string("")]) }
    if !network.subnets.isEmpty {
      let ranges = network.subnets.map { JSONValue.object(["Subnet": .string($0)]) }
      specification["IPAM"] = .object(["Driver": .string("default"), "Config": .array(ranges)])
    }
    return specification
  }

  private func set(_ entry: LabelPlan.Entry, nodeID: String, before deadline: Instant) async throws(OperationError) {
    if !entry.isPresent, !options.isDry {
      try await manager.update("/nodes/\(nodeID)", before: deadline) { specification in
        specification["Labels"][entry.label.key] = .string(entry.label.value)
        return true
      }
    }
    let outcome = entry.isPresent ? Step.Outcome.present : options.isDry ? .planned : .done
    let why = entry.isPresent ? "" : ": \(entry.why)"
    report(Step(outcome: outcome, kind: "label", name: entry.label.text, detail: "on \(entry.host)\(why)"))
  }

  private func make(_ secrets: SecretPlan, before deadline: Instant) async throws(OperationError) {
    for name in secrets.present {
      let isUnused = secrets.unused.contains(name)
      report(
        Step(
          outcome: .present, kind: "secret", name: name,
          detail: isUnused ? "the value that was given is not used: secrets can't be changed" : ""))
    }
    var generated: [(name: String, id: String)] = []
    for entry in secrets.entries {
      if !options.isDry {
        do throws(OperationError) {
          let id = try await create(entry, before: deadline)
          if entry.source == .generated { generated.append((entry.name, id)) }
        } catch {
          // Nobody has seen their values, and what is made of them could not be made by the next attempt.
          for (name, id) in generated {
            _ = try? await manager.remove(.secrets, id, before: .now + .seconds(10))
            report(Step(outcome: .removed, kind: "secret", name: name, detail: "to be made anew by the next attempt"))
          }
          throw error
        }
      }
      let outcome = options.isDry ? Step.Outcome.planned : .done
      report(Step(outcome: outcome, kind: "secret", name: entry.name, detail: entry.source.text))
    }
  }

  private func create(_ entry: SecretPlan.Entry, before deadline: Instant) async throws(OperationError) -> String {
    try await manager.create(
      .secrets,
      .object([
        "Name": .string(entry.name), "Labels": .object([Initialization.label: .string(entry.source.rawValue)]),
        "Data": .string(Data(entry.value).base64EncodedString()),
      ]), before: deadline)
  }
}

extension SecretPlan.Source {
  fileprivate var text: String {
    switch self {
    case .file: "from what was given"
    case .value: "from the stack file"
    case .template: "made of other secrets"
    case .generated: "generated"
    }
  }
}
