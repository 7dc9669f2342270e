/// A stack, as its Compose files describe it: merged, with variables replaced, each value with the line that it comes from.
///
/// It is a value without I/O: the files' texts, the variables and what reads other files are arguments.
package struct StackFile: Equatable, Sendable {
  /// A file with what it contains.
  package struct Source: Sendable {
    /// As it was given; it stands in messages.
    package var path: String
    package var text: String

    package init(path: String, text: String) {
      self.path = path
      self.text = text
    }
  }

  /// The whole document; short and long notations are one where files had to be merged.
  package let root: StackNode
  /// The top-level `name`, which Docker itself does not read.
  package let name: String?
  /// In the order of the file.
  package let services: [StackService]
  package let configs: [StackObject]
  package let secrets: [StackObject]
  package let networks: [StackObject]
  package let volumes: [StackObject]
  /// Where relative paths begin: the directory of the first file.
  package let directory: String

  /// Reads a stack.
  ///
  /// - Parameters:
  ///   - sources: at least one; each later one overrides those before.
  ///   - variables: what `${NAME}` stands for.
  ///   - directory: the working directory, where paths of `sources` begin.
  ///   - readFile: the contents of a config's, secret's or environment file, nil where it can't be read.
  /// - Throws: `usage`, with every place that nobody can work with: no YAML, a wrong type, a variable that is not set.
  package init(
    _ sources: [Source], variables: [String: String], directory: String, readFile: (String) -> [UInt8]?
  ) throws(OperationError) {
    var problems: [StackProblem] = []
    var merged: StackNode?
    for source in sources {
      let root = try StackNode.read(source.text, file: source.path)
      guard case .mapping = root.value else {
        throw OperationError([StackProblem(at: root.position, "a stack file is a mapping, with services: in it")])
      }
      let next = StackFile.normalized(StackFile.interpolated(root, variables, &problems), &problems)
      merged = merged.map { StackMerge.merged($0, next, path: []) } ?? next
    }
    guard problems.isEmpty, let merged else { throw OperationError(problems) }
    let base = StackPath.directory(of: sources.first?.path ?? "", in: directory)
    self.directory = base
    let services = merged["services"]?.entries ?? []
    guard !services.isEmpty else {
      throw OperationError([StackProblem(at: merged.position, "there are no services")])
    }
    // Engines before 23.0 refuse a file with `name:`.
    name = merged["name"]?.text ?? merged.at("x-vitals", "name")?.text
    self.services = services.map { entry in
      var node = entry.value
      node["environment"] = StackEnvironment.whole(
        of: entry.value, variables: variables, directory: base, readFile: readFile, &problems)
      node["env_file"] = nil
      return StackService(name: entry.key, position: entry.position, node: node)
    }
    func objects(_ section: String) -> [StackObject] {
      (merged[section]?.entries ?? []).map { StackObject($0, directory: base, readFile: readFile) }
    }
    configs = objects("configs")
    secrets = objects("secrets")
    networks = objects("networks")
    volumes = objects("volumes")
    root = merged
    guard problems.isEmpty else { throw OperationError(problems) }
  }

  /// A path of the file, absolute.
  package func path(_ path: String) -> String { StackPath.absolute(path, in: directory) }

  /// The sections in which Docker replaces variables, and the name.
  private static func interpolated(
    _ root: StackNode, _ variables: [String: String], _ problems: inout [StackProblem]
  ) -> StackNode {
    let sections: Set = ["name", "services", "networks", "volumes", "configs", "secrets"]
    var root = root
    root.value = .mapping(
      root.entries.map { entry in
        guard sections.contains(entry.key) else { return entry }
        var entry = entry
        entry.value = Interpolation(variables).apply(to: entry.value, &problems)
        return entry
      })
    return root
  }

  /// `root` with the types that Docker wants, and with mappings where a list of `NAME=value` is allowed too.
  private static func normalized(_ root: StackNode, _ problems: inout [StackProblem]) -> StackNode {
    var root = StackShape.file.fit(root, "", &problems)
    guard var services = root["services"] else { return root }
    services.value = .mapping(
      services.entries.map { entry in
        var entry = entry
        entry.value = StackMerge.normalized(service: entry.value)
        return entry
      })
    root["services"] = services
    return root
  }
}
