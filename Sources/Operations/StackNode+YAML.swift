extension StackNode {
  /// How many values a file may have, aliases counted as often as they are used: a few lines could make millions.
  private static let maximumCount = 100_000
  /// How deep they may be in each other: an alias may name what it is in.
  private static let maximumDepth = 500

  /// Reads a YAML document; anchors, aliases and merge keys are resolved.
  ///
  /// - Throws: `usage`, with the line.
  package static func read(_ text: String, file: String) throws(OperationError) -> StackNode {
    do {
      let document = try YAMLDocument(text)
      guard let root = document.root else { throw OperationError(.usage, "\(file): the file is empty") }
      var count = 0
      return try StackNode(root, of: document, file: file, depth: 0, count: &count)
    } catch let error as OperationError {
      throw error
    } catch {
      throw OperationError([problem(error, file: file)])
    }
  }

  private init(_ number: Int32, of document: YAMLDocument, file: String, depth: Int, count: inout Int) throws {
    let node = document[number]
    let position = StackPosition(file: file, line: node.line)
    count += 1
    guard count <= StackNode.maximumCount else {
      throw OperationError([StackProblem(at: position, "the file has more than \(StackNode.maximumCount) values")])
    }
    guard depth <= StackNode.maximumDepth else {
      throw OperationError([
        StackProblem(at: position, "lists and mappings are more than \(StackNode.maximumDepth) deep in each other")
      ])
    }
    switch node.content {
    case .scalar(let text, let isPlain):
      self.init(isPlain ? StackNode.resolved(text) : .string(text), at: position, literal: text)
    case .sequence(let numbers):
      var elements: [StackNode] = []
      for number in numbers {
        elements.append(try StackNode(number, of: document, file: file, depth: depth + 1, count: &count))
      }
      self.init(.sequence(elements), at: position)
    case .mapping(let pairs):
      let entries = try StackNode.entries(pairs, of: document, file: file, depth: depth + 1, count: &count)
      self.init(.mapping(entries), at: position)
    }
  }

  /// The members of a mapping; what it has itself wins over what `<<` brings, as https://yaml.org/type/merge.html says.
  private static func entries(
    _ pairs: [(key: Int32, value: Int32)], of document: YAMLDocument, file: String, depth: Int, count: inout Int
  ) throws -> [StackEntry] {
    var own: [StackEntry] = []
    var merged: [StackEntry] = []
    var places: [String: StackPosition] = [:]
    for pair in pairs {
      let key = document[pair.key]
      let place = StackPosition(file: file, line: key.line)
      guard case .scalar(let name, let isPlain) = key.content else {
        throw OperationError([StackProblem(at: place, "a key has to be a word, not a list or a mapping")])
      }
      if let first = places.updateValue(place, forKey: name) {
        throw OperationError([StackProblem(at: first, "\(name) stands there twice", advice: "Remove one.")])
      }
      let value = try StackNode(pair.value, of: document, file: file, depth: depth, count: &count)
      guard name == "<<", isPlain else {
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

  /// What a plain scalar is, by the rules that Docker's own reader has: `yes` is a word, `0440` an octal number.
  private static func resolved(_ text: String) -> Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: return resolved(number: text) ?? .string(text)
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

  private static func problem(_ error: any Error, file: String) -> StackProblem {
    guard let failure = error as? YAMLDocument.Failure else {
      return StackProblem(at: StackPosition(file: file, line: 1), "no YAML: \(error)")
    }
    let place = failure.context.map { " (\($0.text), which began in line \($0.line))" } ?? ""
    return StackProblem(
      at: StackPosition(file: file, line: failure.line), "no YAML: \(failure.message)\(place)",
      advice: failure.isOfSyntax ? "Look at the indentation and the quotes there and in the line before." : nil)
  }
}
