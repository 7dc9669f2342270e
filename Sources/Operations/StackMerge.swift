/// How a later file overrides an earlier one: mappings member by member, ports, volumes, secrets and configs by what they
/// are for, commands as a whole, other lists by adding to them.
enum StackMerge {
  static func merged(_ base: StackNode, _ override: StackNode, path: [String]) -> StackNode {
    switch (base.value, override.value) {
    case (_, .null): return base
    case (.mapping, .mapping):
      var result = base
      // A thing is external, or made from a file.
      if path.count == 2, ["configs", "secrets"].contains(path[0]) {
        if override["external"] != nil { result["file"] = nil }
        if override["file"] != nil { result["external"] = nil }
      }
      for entry in override.entries {
        let old = result[entry.key]
        result[entry.key] = old.map { merged($0, entry.value, path: path + [entry.key]) } ?? entry.value
      }
      return result
    case (.sequence(let old), .sequence(let new)):
      let isService = path.count == 3 && path[0] == "services"
      let key = path.last ?? ""
      if ["command", "entrypoint", "test"].contains(key) { return override }
      var result = base
      let identity: (StackNode) -> String =
        switch key {
        case "volumes" where isService: { StackMount($0).target }
        case "secrets" where isService, "configs" where isService: { $0["source"]?.text ?? "" }
        case "ports" where isService: { StackPort.all($0).map(\.key).joined(separator: " ") }
        default: { (try? $0.json.bytes()).map { String(decoding: $0, as: UTF8.self) } ?? "" }
        }
      let replaced = Set(new.map(identity))
      result.value = .sequence(old.filter { !replaced.contains(identity($0)) } + new)
      return result
    default: return override
    }
  }

  /// A service with one notation for what has two.
  static func normalized(service: StackNode) -> StackNode {
    var service = service
    for key in ["environment", "labels", "sysctls"] {
      if let node = service[key] { service[key] = mapping(node) }
    }
    if var deploy = service["deploy"], let labels = deploy["labels"] {
      deploy["labels"] = mapping(labels)
      service["deploy"] = deploy
    }
    if var build = service["build"] {
      // A word is the context.
      if build.text != nil {
        let entry = StackEntry(key: "context", position: build.position, value: build)
        build = StackNode(.mapping([entry]), at: build.position)
      }
      if let arguments = build["args"] { build["args"] = mapping(arguments) }
      service["build"] = build
    }
    if let networks = service["networks"], case .sequence(let names) = networks.value {
      let entries = names.map {
        StackEntry(key: $0.text ?? "", position: $0.position, value: StackNode(.null, at: $0.position))
      }
      service["networks"] = StackNode(.mapping(entries), at: networks.position)
    }
    for key in ["secrets", "configs"] {
      guard var list = service[key] else { continue }
      list.value = .sequence(
        list.elements.map { element in
          guard element.text != nil else { return element }
          let entry = StackEntry(key: "source", position: element.position, value: element)
          return StackNode(.mapping([entry]), at: element.position)
        })
      service[key] = list
    }
    return service
  }

  /// A list of `NAME=value` and `NAME` as a mapping; without a value, a member is null.
  static func mapping(_ node: StackNode) -> StackNode {
    guard case .sequence(let elements) = node.value else { return node }
    var result = StackNode(.mapping([]), at: node.position)
    for element in elements {
      let parts = (element.text ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count == 2 ? StackNode.text(String(parts[1]), at: element.position) : nil
      result[String(parts[0])] = value ?? StackNode(.null, at: element.position)
    }
    return result
  }
}

/// Paths of a stack file.
enum StackPath {
  /// The directory of a file, absolute.
  static func directory(of file: String, in directory: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return directory }
    return absolute(String(file[..<slash]), in: directory)
  }

  static func absolute(_ path: String, in directory: String) -> String {
    if path.isEmpty && directory.isEmpty { return "/" }
    let whole = path.hasPrefix("/") ? path : "\(directory)/\(path)"
    var components: [Substring] = []
    for component in whole.split(separator: "/") where component != "." {
      if component == "..", let last = components.last, last != ".." {
        components.removeLast()
      } else {
        components.append(component)
      }
    }
    return "/" + components.joined(separator: "/")
  }
}
