/// A difference between two documents: a field with what it was and what it is to be.
package struct FieldChange: Equatable, Sendable, Encodable {
  /// `deploy.resources.limits.memory`
  package var field: String
  /// Nil where it was not there.
  package var old: String?
  /// Nil where it is to go.
  package var new: String?

  /// How much of a value is shown.
  private static let longest = 160

  /// `field: old -> new`
  package var line: String { "\(field): \(old ?? "(none)") -> \(new ?? "(none)")" }

  /// The fields that differ, in their order; values that may be secrets are left out.
  package static func between(_ old: JSONValue, _ new: JSONValue, at path: String = "") -> [FieldChange] {
    guard old != new else { return [] }
    if case .object(let before) = old, case .object(let after) = new {
      return Set(before.keys).union(after.keys).sorted().flatMap { key in
        between(before[key] ?? .null, after[key] ?? .null, at: path.isEmpty ? key : "\(path).\(key)")
      }
    }
    // A list that grew or shrank is told by what came and went.
    if case .array(let before) = old, case .array(let after) = new, Set(before.map(text)).count == before.count {
      let gone = before.filter { !after.contains($0) }
      let come = after.filter { !before.contains($0) }
      if !gone.isEmpty || !come.isEmpty {
        return zip(
          gone.map(Optional.some) + Array(repeating: nil, count: max(0, come.count - gone.count)),
          come.map(Optional.some) + Array(repeating: nil, count: max(0, gone.count - come.count))
        ).map { change(path, $0, $1) }
      }
    }
    return [change(path, old == .null ? nil : old, new == .null ? nil : new)]
  }

  private static func change(_ path: String, _ old: JSONValue?, _ new: JSONValue?) -> FieldChange {
    func shown(_ value: JSONValue?) -> String? {
      guard let value else { return nil }
      let text = text(value)
      let name = String(path.split(separator: ".").last ?? "")
      if SecretName.isSecret(name) || hasSecret(text) { return "(not shown)" }
      return text.count > longest ? "\(text.prefix(longest))..." : text
    }
    let (before, after) = (shown(old), shown(new))
    // Two that are not shown still differ.
    return FieldChange(field: path, old: before, new: after == before ? after.map { "\($0), changed" } : after)
  }

  /// Whether a value holds a secret: `PASSWORD=word` in a list of variables, or a URL with one.
  private static func hasSecret(_ text: String) -> Bool {
    SecretName.hasPassword(url: text)
      || text.split { $0 == "\"" || $0 == "," }.contains { element in
        element.firstIndex(of: "=").map { SecretName.isSecret(String(element[..<$0])) } ?? false
      }
  }

  private static func text(_ value: JSONValue) -> String {
    if let text = value.text { return text.isEmpty ? "\"\"" : text }
    return (try? value.bytes()).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
