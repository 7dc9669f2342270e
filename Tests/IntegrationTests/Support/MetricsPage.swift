import Foundation

/// A page in text 0.0.4, of this service or of another exporter, read without any code of the product's.
struct MetricsPage {
  struct Family: Equatable {
    var type = ""
    /// The names of all labels that its samples have, without those of its type: `le` and `quantile`.
    var labels: Set<String> = []
  }

  /// What names a sample.
  struct Series: Hashable, Comparable, CustomStringConvertible {
    let name: String
    let labels: [String: String]

    init(_ name: String, _ labels: [String: String] = [:]) {
      self.name = name
      self.labels = labels
    }

    var description: String {
      let pairs = labels.sorted { $0.key < $1.key }.map { "\($0)=\"\($1)\"" }
      return pairs.isEmpty ? name : "\(name){\(pairs.joined(separator: ","))}"
    }

    static func < (one: Series, other: Series) -> Bool { one.description < other.description }
  }

  private(set) var families: [String: Family] = [:]
  private(set) var samples: [Series: Double] = [:]

  init(_ text: String) throws {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 3)
      if line.hasPrefix("# TYPE ") {
        families[String(words[2]), default: Family()].type = String(words[3])
      } else if !line.hasPrefix("#") {
        try add(line)
      }
    }
  }

  subscript(_ series: Series) -> Double? { samples[series] }

  subscript(_ name: String, _ labels: [String: String] = [:]) -> Double? { samples[Series(name, labels)] }

  /// The samples of that name which have these labels, and perhaps further ones.
  func samples(of name: String, with labels: [String: String] = [:]) -> [Series: Double] {
    samples.filter { $0.key.name == name && $0.key.labels.contains(labels) }
  }

  /// The label value for which an enumeration of states says 1; nil unless there is exactly one.
  func state(_ name: String, _ label: String, _ labels: [String: String] = [:]) -> String? {
    let holding = samples(of: name, with: labels).filter { $0.value == 1 }
    return holding.count == 1 ? holding.first?.key.labels[label] : nil
  }

  /// Reads `name{label="value",...} number`.
  private mutating func add(_ line: Substring) throws {
    var rest = line
    let name = String(rest.prefix { $0 != "{" && $0 != " " })
    rest = rest.dropFirst(name.count)
    let series = Series(name, rest.first == "{" ? try Self.labels(&rest) : [:])
    guard rest.first == " ", let value = Double(rest.dropFirst()) else { throw TestbedError("not a sample: \(line)") }
    guard samples.updateValue(value, forKey: series) == nil else { throw TestbedError("twice: \(series)") }
    try describe(series)
  }

  /// Takes `{label="value",...}` from the front.
  private static func labels(_ text: inout Substring) throws -> [String: String] {
    var labels: [String: String] = [:]
    while let separator = text.first, "{,".contains(separator) {
      text = text.dropFirst()
      let name = text.prefix { $0 != "=" && $0 != "}" }
      text = text.dropFirst(name.count)
      guard text.hasPrefix("=\"") else { break }
      text = text.dropFirst(2)
      labels[String(name)] = value(&text)
    }
    guard text.first == "}" else { throw TestbedError("not a label: \(text)") }
    text = text.dropFirst()
    return labels
  }

  /// Takes a label's value and the quote that ends it.
  private static func value(_ text: inout Substring) -> String {
    var value = ""
    while let character = text.popFirst(), character != "\"" {
      if character == "\\", let escaped = text.popFirst() {
        value.append(escaped == "n" ? "\n" : escaped)
      } else {
        value.append(character)
      }
    }
    return value
  }

  /// Adds a sample's labels to those of its family.
  private mutating func describe(_ series: Series) throws {
    var family = series.name
    if families[family] == nil {
      let suffix = ["_bucket", "_sum", "_count"].first(where: family.hasSuffix) ?? ""
      family = String(family.dropLast(suffix.count))
    }
    guard let type = families[family]?.type else { throw TestbedError("no type before \(series)") }
    let own = ["histogram": "le", "summary": "quantile"][type]
    families[family]?.labels.formUnion(series.labels.keys.filter { $0 != own })
  }
}

extension [String: String] {
  /// Whether all of the other's pairs are among these.
  func contains(_ other: [String: String]) -> Bool {
    other.allSatisfy { self[$0] == $1 }
  }
}

extension VitalsProcess {
  /// The present page, which is 200 whatever the state.
  func page() throws -> MetricsPage {
    let answer = try get("/metrics")
    guard answer.status == 200 else { throw TestbedError("/metrics: \(answer.status)") }
    return try MetricsPage(answer.text)
  }

  /// Waits until the page is as `condition` wants it.
  func waitForPage(
    within limit: Duration = .seconds(60), _ what: String, _ condition: (MetricsPage) throws -> Bool
  ) throws {
    try eventually(within: limit, every: .milliseconds(100), what) { try condition(page()) }
  }

  /// A page of a refresh that has begun after this was called.
  ///
  /// - Parameter collector: whose refresh; it has to succeed.
  func nextPage(of collector: String) throws -> MetricsPage {
    func end(_ page: MetricsPage) -> Double? {
      page["vitals_collector_last_success_timestamp_seconds", ["collector": collector]]
    }
    var page = try page()
    // The first refresh that ends now may have begun before.
    for _ in 0..<2 {
      let last = end(page)
      page = try eventually(within: .seconds(30), "a refresh of \(collector)") {
        let page = try self.page()
        return end(page) == last ? nil : page
      }
    }
    return page
  }

  /// Waits until `swarm_state` is that state.
  func waitForSwarmState(_ state: String, within limit: Duration = .seconds(120)) throws {
    var last: String?
    do {
      try waitForPage(within: limit, "swarm_state \(state)") {
        last = $0.state("swarm_state", "state")
        return last == state
      }
    } catch {
      throw TestbedError("\(error); last state: \(last ?? "none")")
    }
  }
}
