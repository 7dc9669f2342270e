/// The samples of a page in Prometheus' text format, as far as somebody who looks at it needs them.
struct MetricsText: Sendable {
  private var samples: [Substring: [(labels: [String: String], value: Double)]] = [:]

  /// Reads a page; lines that are none are left out.
  init(_ text: String) {
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let name = line.prefix { $0 != "{" && $0 != " " }
      var rest = line[name.endIndex...]
      var labels: [String: String] = [:]
      if rest.first == "{" {
        rest = rest.dropFirst()
        guard let read = MetricsText.labels(&rest) else { continue }
        labels = read
      }
      guard let value = rest.split(separator: " ").first.flatMap({ Double($0) }) else { continue }
      samples[name, default: []].append((labels, value))
    }
  }

  /// The series of a name.
  subscript(name: String) -> [(labels: [String: String], value: Double)] { samples[Substring(name)] ?? [] }

  /// The values of a name together, nil where it has no series that counts.
  func sum(_ name: String, where isWanted: ([String: String]) -> Bool = { _ in true }) -> Double? {
    let values = self[name].filter { isWanted($0.labels) }.map(\.value)
    return values.isEmpty ? nil : values.reduce(0, +)
  }

  /// Takes the pairs up to the closing brace; nil where they are none.
  private static func labels(_ rest: inout Substring) -> [String: String]? {
    var labels: [String: String] = [:]
    while let first = rest.first, first != "}" {
      let name = rest.prefix { $0 != "=" }
      rest = rest[name.endIndex...]
      guard rest.hasPrefix("=\"") else { return nil }
      rest = rest.dropFirst(2)
      var value = ""
      while let character = rest.popFirst(), character != "\"" {
        guard character == "\\" else {
          value.append(character)
          continue
        }
        guard let escaped = rest.popFirst() else { return nil }
        value.append(escaped == "n" ? "\n" : escaped)
      }
      labels[String(name)] = value
      if rest.first == "," { rest = rest.dropFirst() }
    }
    rest = rest.dropFirst()
    return labels
  }
}
