import Yams

extension StackNode {
  /// How many values a file may have, aliases counted as often as they are used: a few lines could make millions.
  private static let maximumCount = 100_000

  /// Reads a YAML document; anchors, aliases and merge keys are resolved.
  ///
  /// - Throws: `usage`, with the line.
  package static func read(_ text: String, file: String) throws(OperationError) -> StackNode {
    do {
      guard let root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() else {
        throw OperationError(.usage, "\(file): the file is empty")
      }
      var count = 0
      return try StackNode(root, file: file, line: 1, count: &count)
    } catch let error as OperationError {
      throw error
    } catch {
      throw OperationError([problem(error, text: text, file: file)])
    }
  }

  private init(_ node: Node, file: String, line: Int, count: inout Int) throws {
    let position = StackPosition(file: file, line: node.mark?.line ?? line)
    count += 1
    guard count <= StackNode.maximumCount else {
      throw OperationError([StackProblem(at: position, "the file has more than \(StackNode.maximumCount) values")])
    }
    switch node {
    case .scalar(let scalar):
      self.init(StackNode.resolved(scalar), at: position, literal: scalar.string)
    case .sequence(let sequence):
      var elements: [StackNode] = []
      for element in sequence {
        elements.append(try StackNode(element, file: file, line: position.line, count: &count))
      }
      self.init(.sequence(elements), at: position)
    case .mapping(let mapping):
      self.init(.mapping(try StackNode.entries(mapping, at: position, count: &count)), at: position)
    case .alias:
      throw OperationError([StackProblem(at: position, "an alias without its anchor")])
    }
  }

  /// The members of a mapping; what it has itself wins over what `<<` brings, as https://yaml.org/type/merge.html says.
  private static func entries(
    _ mapping: Node.Mapping, at position: StackPosition, count: inout Int
  ) throws -> [StackEntry] {
    var own: [StackEntry] = []
    var merged: [StackEntry] = []
    for (key, value) in mapping {
      let place = StackPosition(file: position.file, line: key.mark?.line ?? position.line)
      guard let name = key.scalar?.string else {
        throw OperationError([StackProblem(at: place, "a key has to be a word, not a list or a mapping")])
      }
      let value = try StackNode(value, file: place.file, line: place.line, count: &count)
      guard name == "<<", key.scalar?.style == .plain else {
        own.append(StackEntry(key: name, position: place, value: value))
        continue
      }
      for source in value.elements.isEmpty ? [value] : value.elements {
        guard case .mapping(let entries) = source.value else {
          throw OperationError([StackProblem(at: place, "<< takes a mapping, or a list of mappings")])
        }
        merged += entries.filter { entry in !merged.contains { $0.key == entry.key } }
      }
    }
    return own + merged.filter { entry in !own.contains { $0.key == entry.key } }
  }

  /// What a scalar is, by the rules that Docker's own reader has: `yes` is a word, `0440` an octal number.
  private static func resolved(_ scalar: Node.Scalar) -> Value {
    guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
    switch scalar.string {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case let text: return resolved(number: text) ?? .string(text)
    }
  }

  private static func resolved(number text: String) -> Value? {
    guard let first = text.utf8.first(where: { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }),
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) || first == UInt8(ascii: ".")
    else { return nil }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(prefix) {
      return Int64(text.dropFirst(2), radix: radix).map(Value.integer)
    }
    if text.utf8.count > 1, text.utf8.first == UInt8(ascii: "0"), let octal = Int64(text, radix: 8) {
      return .integer(octal)
    }
    if let whole = Int64(text) { return .integer(whole) }
    guard let number = Double(text), number.isFinite else { return nil }
    return .number(number)
  }

  private static func problem(_ error: any Error, text: String, file: String) -> StackProblem {
    func problem(_ message: String, _ line: Int, advice: String? = nil) -> StackProblem {
      StackProblem(at: StackPosition(file: file, line: line), message, advice: advice)
    }
    switch error as? YamlError {
    case .scanner(let context, let message, let mark, _), .parser(let context, let message, let mark, _),
      .composer(let context, let message, let mark, _):
      let place = context.map { " (\($0.text), which began in line \($0.mark.line))" } ?? ""
      let line = min(mark.line, max(1, text.split(separator: "\n", omittingEmptySubsequences: false).count))
      return problem(
        "no YAML: \(message)\(place)", line,
        advice: "Look at the indentation and the quotes there and in the line before.")
    case .reader(let message, let offset, _, _):
      let before = text.prefix(offset ?? 0)
      return problem("no YAML: \(message)", before.filter(\.isNewline).count + 1)
    case .duplicatedKeysInMapping(let keys, let context):
      return problem("\(keys.joined(separator: ", ")) stands there twice", context.mark.line, advice: "Remove one.")
    default: return problem("no YAML: \(error)", 1)
    }
  }
}
