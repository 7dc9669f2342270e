import Foundation

/// A page of `/metrics` in text 0.0.4, read without any code of the product's.
struct SwarmPage {
  struct Family {
    var type = ""
    /// The names of all labels that its samples have, without those of its type.
    var labels: Set<String> = []
  }

  private(set) var families: [String: Family] = [:]
  /// Values by name and labels, in the form of ``series(_:_:)``.
  private(set) var samples: [String: Double] = [:]

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

  /// The canonical form of a series: labels in the order of their names.
  static func series(_ name: String, _ labels: [String: String] = [:]) -> String {
    let pairs = labels.sorted { $0.key < $1.key }.map { "\($0)=\"\($1)\"" }
    return pairs.isEmpty ? name : "\(name){\(pairs.joined(separator: ","))}"
  }

  subscript(_ name: String, _ labels: [String: String]) -> Double? { samples[Self.series(name, labels)] }

  subscript(_ name: String) -> Double? { samples[name] }

  /// The label value for which an enumeration of states says 1; nil unless there is exactly one.
  func state(_ name: String, _ label: String, _ labels: [String: String] = [:]) -> String? {
    let holding = samples.keys.filter { key in
      samples[key] == 1 && (key.hasPrefix("\(name){") || key == name)
        && labels.allSatisfy { key.contains("\($0)=\"\($1)\"") }
    }
    guard holding.count == 1, let range = holding[0].range(of: "\(label)=\"") else { return nil }
    return String(holding[0][range.upperBound...].prefix { $0 != "\"" })
  }

  /// Reads `name{label="value",...} number`. The values of these tests have no escapes.
  private mutating func add(_ line: Substring) throws {
    guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
      throw TestbedError("not a sample: \(line)")
    }
    let series = line[..<space]
    let name = String(series.prefix { $0 != "{" })
    var labels: [String: String] = [:]
    for pair in series.dropFirst(name.count + 1).dropLast().split(separator: "\",") {
      let parts = pair.split(separator: "=\"", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw TestbedError("not a label: \(pair)") }
      labels[String(parts[0])] = String(parts[1].hasSuffix("\"") ? parts[1].dropLast() : parts[1])
    }
    guard samples.updateValue(value, forKey: Self.series(name, labels)) == nil else {
      throw TestbedError("twice: \(series)")
    }
    let suffix = ["_bucket", "_sum", "_count"].first { suffix in
      name.hasSuffix(suffix) && families[String(name.dropLast(suffix.count))]?.type == "histogram"
    }
    let family = String(name.dropLast(suffix?.count ?? 0))
    guard families[family] != nil else { throw TestbedError("no type before \(series)") }
    families[family]?.labels.formUnion(labels.keys.filter { suffix == nil || $0 != "le" })
  }
}

extension VitalsProcess {
  /// The present page, which is 200 whatever the state.
  func page() throws -> SwarmPage {
    let answer = try get("/metrics")
    guard answer.status == 200 else { throw TestbedError("/metrics: \(answer.status)") }
    return try SwarmPage(answer.text)
  }

  /// Waits until the page is as `condition` wants it.
  func waitForPage(
    within limit: Duration = .seconds(60), _ what: String, _ condition: (SwarmPage) throws -> Bool
  ) throws {
    try eventually(within: limit, every: .milliseconds(100), what) { try condition(page()) }
  }

  /// Waits until `swarm_state` is that state.
  func waitForSwarmState(_ state: String, within limit: Duration = .seconds(60)) throws {
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
