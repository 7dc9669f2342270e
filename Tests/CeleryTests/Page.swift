import Foundation
import Metrics

/// The samples of some families, by name and labels.
struct Page {
  /// Each line's name with its labels, in their written order.
  private(set) var names: [String] = []
  private(set) var values: [String: Double] = [:]

  init(_ families: [Family]) {
    var text: [UInt8] = []
    Exposition(sections: [Section(families)], families: []).render(.text, into: &text)
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
      guard let space = line.lastIndex(of: " ") else { continue }
      names.append(String(line[..<space]))
      values[String(line[..<space])] = Double(line[line.index(after: space)...])
    }
  }

  subscript(_ name: String, _ labels: KeyValuePairs<String, String> = [:]) -> Double? {
    let pairs = labels.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
    return values[pairs.isEmpty ? name : "\(name){\(pairs)}"]
  }
}
