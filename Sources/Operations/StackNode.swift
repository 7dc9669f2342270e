/// A line of a stack file.
package struct StackPosition: Equatable, Hashable, Sendable, CustomStringConvertible {
  /// The path as it was given.
  package var file: String
  /// From 1.
  package var line: Int

  package init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  /// `docker-compose.swarm.yml:12`, as compilers have it.
  package var description: String { "\(file):\(line)" }
}

/// A value of a stack file that knows where it stands.
package struct StackNode: Equatable, Sendable {
  package enum Value: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case sequence([StackNode])
    case mapping([StackEntry])
  }

  package var value: Value
  package var position: StackPosition
  /// A scalar as it is written: `0440`, `1.10`; of a string, its contents.
  package var literal: String

  package init(_ value: Value, at position: StackPosition, literal: String = "") {
    self.value = value
    self.position = position
    self.literal = literal
  }

  package static func text(_ text: String, at position: StackPosition) -> StackNode {
    StackNode(.string(text), at: position, literal: text)
  }

  /// A member of a mapping; nil where it is missing or null, and of what is no mapping.
  package subscript(key: String) -> StackNode? {
    get { entries.first { $0.key == key }.map(\.value).flatMap { $0.value == .null ? nil : $0 } }
    set {
      var entries = entries.filter { newValue != nil || $0.key != key }
      if let newValue {
        if let index = entries.firstIndex(where: { $0.key == key }) {
          entries[index].value = newValue
        } else {
          entries.append(StackEntry(key: key, position: newValue.position, value: newValue))
        }
      }
      value = .mapping(entries)
    }
  }

  /// The member that a path of keys leads to.
  package func at(_ path: String...) -> StackNode? {
    path.reduce(Optional(self)) { node, key in node?[key] }
  }

  /// A scalar as text, nil of lists and mappings.
  package var text: String? {
    switch value {
    case .null, .sequence, .mapping: nil
    case .bool, .integer, .number, .string: literal
    }
  }

  // Not inlined: in an optional chain, the optimizer of Swift 6.3.1 ends the life of the node before it has looked at the value
  // ("Found outside of lifetime use?!"), and with that the compiler.
  @inline(never) package var integer: Int64? { if case .integer(let number) = value { number } else { nil } }
  @inline(never) package var bool: Bool? { if case .bool(let value) = value { value } else { nil } }
  @inline(never) package var number: Double? {
    switch value {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
  package var elements: [StackNode] { if case .sequence(let elements) = value { elements } else { [] } }
  package var entries: [StackEntry] { if case .mapping(let entries) = value { entries } else { [] } }

  /// The value without its places.
  package var json: JSONValue {
    switch value {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    // As it comes back from a release record, which JSON keeps without the fraction.
    case .number(let value): Int64(exactly: value).map { .integer($0) } ?? .number(value)
    case .string(let value): .string(value)
    case .sequence(let elements): .array(elements.map(\.json))
    case .mapping(let entries): .object(Dictionary(entries.map { ($0.key, $0.value.json) }) { $1 })
    }
  }
}

/// A member of a mapping of a stack file.
package struct StackEntry: Equatable, Sendable {
  package var key: String
  /// Where the key stands.
  package var position: StackPosition
  package var value: StackNode

  package init(key: String, position: StackPosition, value: StackNode) {
    self.key = key
    self.position = position
    self.value = value
  }
}

/// Something in a stack file that nobody can work with.
package struct StackProblem: Equatable, Sendable {
  package var position: StackPosition
  package var message: String
  /// What to do.
  package var advice: String?

  package init(at position: StackPosition, _ message: String, advice: String? = nil) {
    self.position = position
    self.message = message
    self.advice = advice
  }
}

extension OperationError {
  /// What is wrong with a file, all of it at once.
  init(_ problems: [StackProblem]) {
    let lines = problems.map { "\($0.position): \($0.message)" }
    // The same advice is not given for each line anew.
    var advice: [String] = []
    for text in problems.compactMap(\.advice) where !advice.contains(text) { advice.append(text) }
    self.init(.usage, lines.joined(separator: "\n"), advice: advice.isEmpty ? nil : advice.joined(separator: "\n"))
  }
}
