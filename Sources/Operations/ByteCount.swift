/// Sizes on disks as people read them, in the units that Docker uses for them: powers of 1000.
package enum ByteCount {
  /// `0 B`, `12 kB`, `1.4 GB`.
  package static func text(_ count: some BinaryInteger) -> String {
    var value = Double(count)
    var unit = 0
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    guard unit > 0, value < 9.95 else { return "\(Int(value.rounded())) \(units[unit])" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}
