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
      for part in value.utf8.split(separator: UInt8(ascii: ",")) {
        guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
        parts[String(Substring(part[..<equals]))] = String(Substring(part[part.index(after: equals)...]))
      }
      return parts
    }

    /// What of the name follows `prefix`; nil where it begins otherwise.
    func name(after prefix: String) -> String? { name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil }
  }

  /// In the server's order.
  private(set) var fields: [Field] = []
  private var values: [String: String] = [:]

  init(_ text: String) { self.init(Array(text.utf8)) }

  /// Reads a reply of some 20 kB at each refresh, hence as bytes: lines end with CR and LF.
  init(_ bytes: [UInt8]) {
    var section = ""
    for line in bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
      if line.starts(with: "# ".utf8) {
        section = String(decoding: line.dropFirst(2), as: UTF8.self)
      } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
        let name = String(decoding: line[..<colon], as: UTF8.self)
        let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
        fields.append(Field(section: section, name: name, value: value))
        values[name] = value
      }
    }
  }

  /// The value of the last field of that name.
  subscript(_ name: String) -> String? { values[name] }
}
