extension StackFile {
  /// The label of a service that holds the file's number of replicas, so that a later scaling is seen as one.
  package static let replicasLabel = "vitals.replicas"
  /// The label of configs and secrets whose name holds the hash of their contents.
  package static let contentLabel = "vitals.content"

  /// How much of a hash stands in names: enough that no two contents of one stack meet.
  private static let hashDigits = 12

  /// What the swarm calls a config or a secret: with a hash of its contents, as neither can be changed in place.
  func contentName(of object: StackObject, in stack: String) -> String {
    guard !object.isExternal, let contents = object.contents else { return object.name(in: stack) }
    // What the engine makes of the contents counts as contents.
    let template = object.node["template_driver"]?.text ?? ""
    let hash = SHA256.hex(contents + Array(template.utf8)).prefix(StackFile.hashDigits)
    // The engine takes names of 64 characters.
    return "\(object.name(in: stack).prefix(63 - StackFile.hashDigits))-\(hash)"
  }

  /// The stack as it is compared and recorded: no path of this machine but those that containers mount, and of secrets
  /// their names only.
  package func document(of stack: String) -> JSONValue {
    var document = whole(as: stack)
    for section in ["configs", "secrets"] {
      var objects = document[section].members
      for (key, var object) in objects {
        object["file"] = .null
        objects[key] = object
      }
      if !objects.isEmpty { document[section] = .object(objects) }
    }
    return document
  }

  /// The stack as `docker stack deploy` gets it: one file, whose variables are replaced and whose paths are absolute.
  ///
  /// - Parameter replicas: numbers that take the place of the file's.
  package func deployable(as stack: String, replicas: [String: Int]) -> JSONValue {
    var document = whole(as: stack)
    var values = document["services"].members
    for service in services {
      guard let desired = service.replicas, var value = values[service.name] else { continue }
      value["deploy"]["labels"][StackFile.replicasLabel] = .string("\(desired)")
      if let number = replicas[service.name] { value["deploy"]["replicas"] = .integer(Int64(number)) }
      values[service.name] = value
    }
    document["services"] = .object(values)
    return StackFile.escaped(document)
  }

  /// The file's, but for one that does not know yet what is put in: names of configs and secrets.
  private var version: String {
    let text = root["version"]?.text ?? "3.8"
    let parts = text.split(separator: ".").map { Int($0) ?? 0 }
    return parts.first == 3 && (parts.count == 1 || parts[1] < 8) ? "3.8" : text
  }

  private func whole(as stack: String) -> JSONValue {
    var document = JSONValue.object([:])
    document["version"] = .string(version)
    document["services"] = .object(Dictionary(services.map { ($0.name, whole($0)) }) { $1 })
    for (section, objects) in [
      ("configs", configs), ("secrets", secrets), ("networks", networks), ("volumes", volumes),
    ] where !objects.isEmpty {
      document[section] = .object(Dictionary(objects.map { ($0.key, whole($0, as: stack)) }) { $1 })
    }
    return document
  }

  private func whole(_ service: StackService) -> JSONValue {
    var value = StackFile.withoutExtensions(service.node.json)
    value["build"] = .null
    value["volumes"] = mounts(of: service)
    return value
  }

  /// The mounts, the relative paths of which have become absolute.
  private func mounts(of service: StackService) -> JSONValue {
    let nodes = service.node["volumes"]?.elements ?? []
    guard !nodes.isEmpty else { return .null }
    return .array(
      nodes.map { node in
        let mount = StackMount(node)
        guard mount.type == "bind", let source = mount.source, source.hasPrefix(".") else { return node.json }
        let path = StackPath.absolute(source, in: directory)
        guard let text = node.text else {
          var value = node.json
          value["source"] = .string(path)
          return value
        }
        return .string(path + text.dropFirst(source.count))
      })
  }

  private func whole(_ object: StackObject, as stack: String) -> JSONValue {
    var value = StackFile.withoutExtensions(object.node.json)
    guard let path = object.path, let contents = object.contents else { return value }
    value["file"] = .string(path)
    value["name"] = .string(contentName(of: object, in: stack))
    value["labels"] = .object(
      object.labels.mapValues(JSONValue.string).merging([
        StackFile.contentLabel: .string(SHA256.hex(contents))
      ]) { $1 })
    return value
  }

  private static func withoutExtensions(_ value: JSONValue) -> JSONValue {
    guard case .object(let members) = value else { return value }
    return .object(members.filter { !$0.key.hasPrefix("x-") })
  }

  /// `value` with its dollar signs doubled: Docker looks for variables once more.
  private static func escaped(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text):
      .string(text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$"))
    case .array(let elements): .array(elements.map(escaped))
    case .object(let members): .object(members.mapValues(escaped))
    default: value
    }
  }
}
