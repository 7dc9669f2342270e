/// Replaces variables in the text of a stack file, as `docker stack deploy` does.
///
/// `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME-word}` (a default), `${NAME:?text}` and `${NAME?text}` (an error),
/// `$$` for a dollar sign; with a colon, empty counts as missing. Defaults may hold variables themselves.
package struct Interpolation: Sendable {
  package struct Failure: Error, Equatable, Sendable {
    package var message: String
    package var advice: String?
  }

  private static let greatestDepth = 20

  package var variables: [String: String]

  package init(_ variables: [String: String]) { self.variables = variables }

  /// The text with its variables replaced.
  ///
  /// A variable that is missing and has no default is an error, where Docker puts in nothing: an image without its tag,
  /// a volume without its name.
  package func apply(_ text: String) throws(Failure) -> String { try apply(text, depth: 0) }

  /// - Parameter depth: in how many defaults `text` stands.
  private func apply(_ text: String, depth: Int) throws(Failure) -> String {
    guard depth <= Interpolation.greatestDepth else {
      throw Failure(message: "variables within the defaults of others, more than \(Interpolation.greatestDepth) deep")
    }
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      switch rest.first {
      case "$":
        result += "$"
        rest.removeFirst()
      case "{":
        result += try braced(&rest, of: text, depth: depth + 1)
      default:
        let name = Interpolation.name(at: rest)
        guard !name.isEmpty else { throw Interpolation.malformed(text) }
        rest = rest.dropFirst(name.count)
        result += try value(of: name)
      }
    }
    return result + rest
  }

  /// What `{...}` at the beginning of `rest` stands for.
  private func braced(_ rest: inout Substring, of text: String, depth: Int) throws(Failure) -> String {
    var braces = 0
    guard
      let end = rest.indices.first(where: { index in
        if rest[index] == "{" { braces += 1 }
        if rest[index] == "}" { braces -= 1 }
        return braces == 0
      })
    else { throw Interpolation.malformed(text) }
    let inside = rest[rest.index(after: rest.startIndex)..<end]
    rest = rest[rest.index(after: end)...]
    let name = Interpolation.name(at: inside)
    guard !name.isEmpty else { throw Interpolation.malformed(text) }
    var tail = inside.dropFirst(name.count)
    guard !tail.isEmpty else { return try value(of: name) }
    let takesEmpty = tail.first != ":"
    if !takesEmpty { tail.removeFirst() }
    let present = variables[name].flatMap { takesEmpty || !$0.isEmpty ? $0 : nil }
    switch tail.popFirst() {
    case "-":
      guard let present else { return try apply(String(tail), depth: depth) }
      return present
    case "+":
      guard present != nil else { return "" }
      return try apply(String(tail), depth: depth)
    case "?":
      if let present { return present }
      let reason = try apply(String(tail), depth: depth)
      throw Failure(message: "\(name) is not set\(reason.isEmpty ? "" : ": \(reason)")", advice: "Set it: \(name)=...")
    default: throw Interpolation.malformed(text)
    }
  }

  private func value(of name: String) throws(Failure) -> String {
    if let value = variables[name] { return value }
    throw Failure(
      message: "\(name) is not set and has no default",
      advice: "Set it: \(name)=..., or write ${\(name):-} where empty is meant.")
  }

  private static func name(at text: Substring) -> String {
    let name = text.prefix { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return name.first.map { $0.isNumber } ?? true ? "" : String(name)
  }

  private static func malformed(_ text: String) -> Failure {
    Failure(
      message: "\"\(text)\" has a dollar sign that begins no variable",
      advice: "Write $$ for a dollar sign, ${NAME} for a variable.")
  }
}

extension Interpolation {
  /// All texts below `node` with their variables replaced; keys stay as they are.
  func apply(to node: StackNode, _ problems: inout [StackProblem]) -> StackNode {
    var node = node
    switch node.value {
    case .string(let text):
      do throws(Failure) {
        let replaced = try apply(text)
        if replaced != text { node = .text(replaced, at: node.position) }
      } catch {
        let problem = StackProblem(at: node.position, error.message, advice: error.advice)
        // A value that is used by an alias stands in one line.
        if !problems.contains(problem) { problems.append(problem) }
      }
    case .sequence(let elements):
      node.value = .sequence(elements.map { apply(to: $0, &problems) })
    case .mapping(let entries):
      node.value = .mapping(
        entries.map { entry in
          var entry = entry
          entry.value = apply(to: entry.value, &problems)
          return entry
        })
    case .null, .bool, .integer, .number: break
    }
    return node
  }
}
