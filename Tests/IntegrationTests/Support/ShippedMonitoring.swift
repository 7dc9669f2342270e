import Foundation

/// What is shipped in prometheus/, made fit for a test.
enum ShippedMonitoring {
  /// The shipped prometheus.yml and rules, which find their targets without DNS and do not wait for an alert to last.
  ///
  /// - Parameters:
  ///   - directory: where to put the rules.
  ///   - targets: loopback ports by the name that the shipped file looks up, or the target that it names.
  static func configuration(in directory: String, targets: [String: [Int]]) throws -> String {
    try FileManager.default.createDirectory(atPath: "\(directory)/rules", withIntermediateDirectories: false)
    let rules = "\(Tool.packageDirectory)/prometheus/rules"
    for name in try FileManager.default.contentsOfDirectory(atPath: rules) {
      try String(contentsOfFile: "\(rules)/\(name)", encoding: .utf8).replacing(/for: [0-9]+[mh]/, with: "for: 1s")
        .write(toFile: "\(directory)/rules/\(name)", atomically: false, encoding: .utf8)
    }
    var text = try Document("prometheus/prometheus.yml").lines.joined(separator: "\n")
      .replacing("- rules/*.yml", with: "- \(directory)/rules/*.yml")
      .replacing(/interval: 15s/, with: "interval: 1s").replacing("scrape_timeout: 10s", with: "scrape_timeout: 1s")
    for (name, ports) in targets {
      let list = ports.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ")
      let discovery = try Regex(#"dns_sd_configs:\n( +)- names: \[\#(name)\]\n +type: A\n +port: [0-9]+"#)
      text.replace(discovery) { match in
        "static_configs:\n\(match.output[1].substring ?? "")- targets: [\(list)]"
      }
      text.replace("targets: [\(name)]", with: "targets: [\(list)]")
    }
    guard !text.contains("dns_sd_configs") else { throw TestbedError("a target is missing in \(targets)") }
    return text
  }
}
