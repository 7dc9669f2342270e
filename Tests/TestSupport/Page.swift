package import Metrics

/// Some families as a scraper reads them.
package struct Page: Sendable {
  package let text: String

  package init(_ families: [Family] = [], as format: Format = .text) {
    var bytes: [UInt8] = []
    Exposition(sections: [], families: families).render(format, into: &bytes)
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// The lines with values, without those about families.
  package var samples: [String] { text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init) }

  /// Each sample's name with its labels, in their written order.
  package var names: [String] { samples.compactMap { line in line.lastIndex(of: " ").map { String(line[..<$0]) } } }

  /// The value of a sample by its name with its labels, as they are written.
  package subscript(_ series: String) -> Double? {
    samples.first { $0.hasPrefix("\(series) ") }.flatMap { Double($0.dropFirst(series.count + 1)) }
  }

  /// The value of a sample with these labels, in this order, and no others.
  package subscript(_ name: String, _ labels: KeyValuePairs<String, String>) -> Double? {
    self["\(name){\(labels.map { "\($0)=\"\($1)\"" }.joined(separator: ","))}"]
  }
}
