/// What INFO says of a server: named texts under headings.
struct Info: Equatable, Sendable {
  struct Field: Equatable, Sendable {
    /// The heading above it: `Replication`.
    var section: String
    var name: String
    var value: String

    /// The value's parts where it has some: `keys=5,expires=1` as a dictionary.
    var parts: [String: String] {
      var parts: [String: String] = [:]
      for part in value.split(separator: ",") {
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2 { parts[String(pair[0])] = String(pair[1]) }
      }
      return parts
    }

    /// What of the name follows `prefix`; nil where it begins otherwise.
    func name(after prefix: String) -> String? { name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil }
  }

  /// In the server's order.
  private(set) var fields: [Field] = []
  private var values: [String: String] = [:]

  init(_ text: String) {
    var section = ""
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("# ") {
        section = String(line.dropFirst(2))
      } else if let colon = line.firstIndex(of: ":") {
        let name = String(line[..<colon])
        let value = String(line[line.index(after: colon)...])
        fields.append(Field(section: section, name: name, value: value))
        values[name] = value
      }
    }
  }

  /// The value of the last field of that name.
  subscript(_ name: String) -> String? { values[name] }
}
