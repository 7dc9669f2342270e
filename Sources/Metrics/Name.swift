/// The character rules for the names of metrics and labels (Prometheus data model, both formats).
package enum Name {
  /// Whether `name` may name a metric: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
  package static func isMetric(_ name: String) -> Bool {
    isWord(name) { $0 == UInt8(ascii: ":") }
  }

  /// Whether `name` may name a label: `[a-zA-Z_][a-zA-Z0-9_]*`, not one of Prometheus' own (`__...`) and not `le`, which
  /// only a histogram's buckets have.
  package static func isLabel(_ name: String) -> Bool {
    isWord(name) { _ in false } && !name.utf8.starts(with: "__".utf8) && name != "le"
  }

  private static func isWord(_ name: String, or isExtra: (UInt8) -> Bool) -> Bool {
    var isFirst = true
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
        break
      case UInt8(ascii: "0")...UInt8(ascii: "9") where !isFirst:
        break
      default:
        guard isExtra(byte) else { return false }
      }
      isFirst = false
    }
    return !isFirst
  }
}
