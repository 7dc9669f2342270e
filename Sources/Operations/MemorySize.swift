/// Sizes of memory, in the units that Docker's files use: powers of 1024.
package enum MemorySize {
  /// Bytes of `512M`, `1.5gb`, `1024`; nil of anything else.
  package static func parse(_ text: String) -> Int64? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits) else { return nil }
    var unit = text.dropFirst(digits.count).lowercased().filter { $0 != " " }
    if unit.count > 1, unit.hasSuffix("b") { unit.removeLast() }
    if unit.count > 1, unit.hasSuffix("i") { unit.removeLast() }
    let powers = ["": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5]
    guard let power = powers[unit] else { return nil }
    let bytes = (0..<power).reduce(number) { value, _ in value * 1024 }
    return bytes < 9e18 ? Int64(bytes) : nil
  }

  /// `512 MiB`, `1.5 GiB`.
  package static func text(_ bytes: Int64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    var (value, unit) = (Double(max(0, bytes)), 0)
    while value >= 1000, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return "\(decimalText(value)) \(units[unit])"
  }
}
