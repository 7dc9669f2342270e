/// A service of a stack file.
package struct StackService: Equatable, Sendable {
  package let name: String
  /// Where its name stands.
  package let position: StackPosition
  package let node: StackNode

  package var image: StackNode? { node["image"] }
  package var build: StackNode? { node["build"] }
  package var deploy: StackNode? { node["deploy"] }
  package var updateConfig: StackNode? { deploy?["update_config"] }
  /// `replicated`, `global`, `replicated-job` or `global-job`.
  package var mode: String { deploy?["mode"]?.text ?? "replicated" }
  package var isJob: Bool { mode.hasSuffix("-job") }
  /// How many replicas the file asks for; nil of a mode that has none.
  package var replicas: Int? {
    guard mode.hasPrefix("replicated") else { return nil }
    guard let number = deploy?["replicas"]?.integer else { return 1 }
    return Int(number)
  }
  /// `start-first` or `stop-first`.
  package var order: String { updateConfig?["order"]?.text ?? "stop-first" }
  package var constraints: [StackNode] { deploy?.at("placement", "constraints")?.elements ?? [] }
  package var environment: [StackEntry] { node["environment"]?.entries ?? [] }
  package var ports: [StackPort] { (node["ports"]?.elements ?? []).flatMap(StackPort.all) }
  package var mounts: [StackMount] { (node["volumes"]?.elements ?? []).map(StackMount.init) }
  /// The keys of networks; without any, there is the stack's `default`.
  package var networks: [StackEntry] { node["networks"]?.entries ?? [] }
  package var configs: [StackGrant] { (node["configs"]?.elements ?? []).map(StackGrant.init) }
  package var secrets: [StackGrant] { (node["secrets"]?.elements ?? []).map(StackGrant.init) }

  /// A limit or a reservation, `cpus` in CPUs and `memory` in bytes.
  package func resource(_ kind: String, _ name: String) -> (amount: Double, node: StackNode)? {
    guard let node = deploy?.at("resources", kind, name), let text = node.text else { return nil }
    let amount = name == "memory" ? MemorySize.parse(text).map(Double.init) : Double(text)
    return amount.map { ($0, node) }
  }
}

/// That a service may read a config or a secret.
package struct StackGrant: Equatable, Sendable {
  /// The key of the config or secret.
  package let source: String
  package let position: StackPosition

  init(_ node: StackNode) {
    source = node["source"]?.text ?? node.text ?? ""
    position = node.position
  }
}

/// A port that a service publishes.
package struct StackPort: Equatable, Sendable {
  /// Nil where the swarm chooses.
  package var published: Int?
  package var target: Int
  /// `tcp`, `udp` or `sctp`.
  package var transport: String
  /// Whether it is opened on the task's node alone, past the routing mesh.
  package var isHost: Bool
  package var position: StackPosition

  /// What tells ports apart when files are merged: a later file's port takes the place of one with the same number.
  var key: String { "\(published ?? 0)/\(transport)" }

  /// The ports of an entry: `8080:80/tcp` may be a range, `8000-8002:80-82`.
  static func all(_ node: StackNode) -> [StackPort] {
    guard let text = node.text else {
      let port = StackPort(
        published: node["published"]?.integer.flatMap { $0 == 0 ? nil : Int($0) },
        target: node["target"]?.integer.map(Int.init) ?? 0,
        transport: node["protocol"]?.text ?? "tcp", isHost: node["mode"]?.text == "host", position: node.position)
      return [port]
    }
    let halves = text.split(separator: "/", maxSplits: 1)
    let transport = halves.count == 2 ? String(halves[1]) : "tcp"
    // An address before the ports may be IPv6, whose colons are in brackets.
    let fields = (halves.first ?? "").split(separator: "]").last?.split(separator: ":") ?? []
    let target = range(fields.last ?? "")
    let published = fields.count > 1 ? range(fields[fields.count - 2]) : []
    return target.enumerated().map { index, number in
      StackPort(
        published: published.indices.contains(index) ? published[index] : nil, target: number, transport: transport,
        isHost: false, position: node.position)
    }
  }

  private static func range(_ text: Substring) -> [Int] {
    let ends = text.split(separator: "-").compactMap { Int($0) }
    guard let first = ends.first, let last = ends.last, first <= last, last < 65_536 else { return [] }
    return Array(first...last)
  }
}

/// Storage that a service mounts.
package struct StackMount: Equatable, Sendable {
  /// `volume`, `bind`, `tmpfs`, ...
  package var type: String
  /// A volume's key, or a path; nil of an anonymous volume.
  package var source: String?
  package var target: String
  package var isReadOnly: Bool
  package var position: StackPosition

  init(_ node: StackNode) {
    position = node.position
    guard let text = node.text else {
      type = node["type"]?.text ?? "volume"
      source = node["source"]?.text
      target = node["target"]?.text ?? ""
      isReadOnly = node["read_only"]?.bool ?? false
      return
    }
    let fields = text.split(separator: ":").map(String.init)
    let source = fields.count > 1 ? fields[0] : nil
    self.source = source
    target = fields.count > 1 ? fields[1] : text
    isReadOnly = fields.count > 2 && fields[2].split(separator: ",").contains("ro")
    type = ["/", ".", "~"].contains { source?.hasPrefix($0) ?? false } ? "bind" : "volume"
  }
}
