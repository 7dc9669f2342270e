/// The labels of one series, rendered once as both formats write them: `role="manager",state="ready"`.
///
/// Labels stay in the order given, so a family has to give them in the same order for every series. Values are any
/// string; text that arrived as invalid UTF-8 was repaired by `String(decoding:as:)` on its way here. Names must be
/// valid (`Name.isLabel`) and must differ.
package struct Labels: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// The rendered pairs, without braces.
  private(set) var text: [UInt8] = []

  package init(dictionaryLiteral pairs: (String, String)...) { self.init(pairs) }

  /// The given pairs of name and value, in their order.
  package init(_ pairs: [(String, String)]) {
    let punctuation = 4
    text.reserveCapacity(pairs.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count + punctuation })
    for (index, pair) in pairs.enumerated() {
      precondition(!pairs[..<index].contains { $0.0 == pair.0 }, "label \(pair.0) given twice")
      append(pair.0, pair.1)
    }
  }

  /// Labels that were rendered elsewhere, by the rules of this type: valid UTF-8, valid names, each once.
  package init(rendered text: [UInt8]) { self.text = text }

  /// These labels and one more, at the end.
  package func adding(_ name: String, _ value: String) -> Labels {
    var labels = self
    labels.append(name, value)
    return labels
  }

  private mutating func append(_ name: String, _ value: String) {
    precondition(Name.isLabel(name), "\(name) is no label name")
    if !text.isEmpty { text.append(UInt8(ascii: ",")) }
    text.append(contentsOf: name.utf8)
    text.append(UInt8(ascii: "="))
    text.append(UInt8(ascii: "\""))
    text.append(escaping: value, quotes: true)
    text.append(UInt8(ascii: "\""))
  }
}
