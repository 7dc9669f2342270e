/// A config, a secret, a network or a volume of a stack file.
package struct StackObject: Equatable, Sendable {
  /// What the file calls it.
  package let key: String
  /// Where its key stands.
  package let position: StackPosition
  /// All that the file says of it: null or a mapping.
  package let node: StackNode
  /// The file that a config or secret is made from, absolute.
  package let path: String?
  /// What that file contains, nil where it can't be read.
  package let contents: [UInt8]?

  init(_ entry: StackEntry, directory: String, readFile: (String) -> [UInt8]?) {
    key = entry.key
    position = entry.position
    node = entry.value
    path = entry.value["file"]?.text.map { StackPath.absolute($0, in: directory) }
    contents = path.flatMap(readFile)
  }

  /// Whether it has to exist before the stack is deployed.
  package var isExternal: Bool {
    guard let external = node["external"] else { return false }
    return external.bool ?? true
  }

  /// The name that the file fixes, nil where the stack's name goes before the key.
  package var fixedName: String? {
    node["name"]?.text ?? node.at("external", "name")?.text ?? (isExternal ? key : nil)
  }

  /// What the swarm calls it.
  package func name(in stack: String) -> String { fixedName ?? "\(stack)_\(key)" }

  /// What is meant for `vitals` alone: `x-vitals`.
  package var extras: StackNode? { node["x-vitals"] }
  package var driver: String? { node["driver"]?.text }
  package var driverOptions: [String: String] {
    Dictionary((node["driver_opts"]?.entries ?? []).map { ($0.key, $0.value.text ?? "") }) { $1 }
  }
  package var isAttachable: Bool { node["attachable"]?.bool ?? false }
  package var isInternal: Bool { node["internal"]?.bool ?? false }
  /// The subnets of a network: `10.0.10.0/24`.
  package var subnets: [String] {
    node.at("ipam", "config")?.elements.compactMap { $0["subnet"]?.text } ?? []
  }
  package var labels: [String: String] {
    let labels = node["labels"].map { StackMerge.mapping($0).entries } ?? []
    return Dictionary(labels.map { ($0.key, $0.value.text ?? "") }) { $1 }
  }
}
