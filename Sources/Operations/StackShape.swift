import EventLoop

/// What a value of a stack file may be; text that a variable has brought becomes the number that is asked for.
indirect enum StackShape: Sendable {
  case any
  /// A word; a number is taken as it is written.
  case text
  /// The value of a variable or a label: a word, a number, or nothing.
  case scalar
  case integer
  case number
  /// A number that Docker wants as a word: CPUs.
  case decimal
  case bool
  /// `1m30s`
  case duration
  /// `512M`
  case size
  case choice([String])
  case list(StackShape)
  case map(StackShape)
  case object([String: StackShape])
  /// One of several kinds of YAML: a scalar, a list or a mapping.
  case either([StackShape])

  /// `node` in this shape.
  func fit(_ node: StackNode, _ path: String, _ problems: inout [StackProblem]) -> StackNode {
    if node.value == .null { return node }
    var node = node
    switch self {
    case .any: return node
    case .either(let shapes):
      guard let shape = shapes.first(where: { $0.hasKind(of: node) }) else { return mismatch(node, path, &problems) }
      return shape.fit(node, path, &problems)
    case .list(let shape):
      guard case .sequence(let elements) = node.value else { return mismatch(node, path, &problems) }
      node.value = .sequence(elements.enumerated().map { shape.fit($1, "\(path)[\($0)]", &problems) })
    case .map(let shape):
      guard case .mapping(let entries) = node.value else { return mismatch(node, path, &problems) }
      node.value = .mapping(entries.map { $0.fit(shape, "\(path).\($0.key)", &problems) })
    case .object(let shapes):
      guard case .mapping(let entries) = node.value else { return mismatch(node, path, &problems) }
      node.value = .mapping(
        entries.map { entry in
          if entry.key.hasPrefix("x-") { return entry }
          guard let shape = shapes[entry.key] else {
            problems.append(
              StackProblem(
                at: entry.position, "\(path.isEmpty ? "the file" : path) has no \(entry.key)",
                advice: Suggestion(for: entry.key, among: Array(shapes.keys)).text))
            return entry
          }
          return entry.fit(shape, path.isEmpty ? entry.key : "\(path).\(entry.key)", &problems)
        })
    default: return scalar(node, path, &problems)
    }
    return node
  }

  private func scalar(_ node: StackNode, _ path: String, _ problems: inout [StackProblem]) -> StackNode {
    guard let text = node.text else { return mismatch(node, path, &problems) }
    func fitted(_ value: StackNode.Value?) -> StackNode {
      guard let value else { return mismatch(node, path, &problems) }
      return StackNode(value, at: node.position, literal: text)
    }
    switch self {
    case .integer: return fitted(node.integer.map { .integer($0) } ?? Int64(text).map { .integer($0) })
    case .number: return fitted((node.number ?? Double(text)).map { .number($0) })
    case .decimal: return fitted(Double(text) == nil ? nil : .string(text))
    case .bool: return fitted(StackShape.bool(text).map { .bool($0) })
    case .duration: return fitted(DurationText.parse(text) == nil ? nil : .string(text))
    case .size: return fitted(MemorySize.parse(text) == nil ? nil : .string(text))
    case .choice(let choices): return fitted(choices.contains(text) ? .string(text) : nil)
    // An error in Docker too: whether True or true is meant, nobody knows.
    case .scalar: return fitted(node.bool == nil ? .string(text) : nil)
    default: return fitted(.string(text))
    }
  }

  private static func bool(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "y", "yes", "true", "on": true
    case "n", "no", "false", "off": false
    default: nil
    }
  }

  private func hasKind(of node: StackNode) -> Bool {
    switch (self, node.value) {
    case (.any, _), (.list, .sequence), (.map, .mapping), (.object, .mapping): true
    case (.list, _), (.map, _), (.object, _), (_, .sequence), (_, .mapping): false
    default: true
    }
  }

  private func mismatch(_ node: StackNode, _ path: String, _ problems: inout [StackProblem]) -> StackNode {
    let found =
      switch node.value {
      case .sequence: "a list"
      case .mapping: "a mapping"
      default: "\"\(node.literal)\""
      }
    problems.append(StackProblem(at: node.position, "\(path) is \(found), and has to be \(description)"))
    return node
  }

  private var description: String {
    switch self {
    case .any: "anything"
    case .text: "a word"
    case .scalar: "a word or a number: quote true and false"
    case .integer: "a whole number"
    case .number, .decimal: "a number"
    case .bool: "true or false"
    case .duration: "a duration as 10s or 1m30s"
    case .size: "a size as 512M or 1G"
    case .choice(let choices): choices.joined(separator: " or ")
    case .list: "a list"
    case .map, .object: "a mapping"
    case .either(let shapes): shapes.map(\.description).joined(separator: ", or ")
    }
  }
}

extension StackEntry {
  fileprivate func fit(_ shape: StackShape, _ path: String, _ problems: inout [StackProblem]) -> StackEntry {
    StackEntry(key: key, position: position, value: shape.fit(value, path, &problems))
  }
}
