internal import Metrics

/// `pg_settings_*`: every setting that is a number or a switch, each a family of its own.
extension Query {
  /// What is set for this connection alone (its timeouts) is told as other connections have it.
  static let settings = Query(
    name: "pg_settings",
    sql: """
      SELECT name, CASE WHEN name = 'transaction_read_only' AND NOT pg_is_in_recovery() \
      THEN current_setting('default_transaction_read_only') \
      WHEN source = 'session' AND name <> 'transaction_read_only' THEN reset_val ELSE setting END, unit, short_desc, \
      vartype FROM pg_settings WHERE vartype IN ('bool', 'integer', 'real')
      """
  ) { rows, server in
    rows.values.compactMap { row in
      guard row.count == 5, let name = row[0], let text = row[1], let type = row[4] else { return nil }
      let setting = Setting(name: name, text: text, unit: row[2] ?? "", isSwitch: type == "bool")
      guard let setting, Name.isMetric(setting.family) else { return nil }
      var family = Family(setting.family, .gauge, help: row[3] ?? "")
      family.add(setting.value, server.labels(always: true))
      return family
    }
  }
}

/// A setting of a server in base units.
struct Setting: Equatable {
  /// `pg_settings_work_mem_bytes`.
  let family: String
  let value: Double

  /// Nil where `text` is no number, or `unit` none that is known.
  init?(name: String, text: String, unit: String, isSwitch: Bool) {
    let family = "pg_settings_\(name.replacing(".", with: "_"))"
    if isSwitch {
      self.family = family
      value = text == "on" ? 1 : 0
      return
    }
    guard let number = Double(text) else { return nil }
    if unit.isEmpty {
      self.family = family
      value = number
      return
    }
    guard let (suffix, factor) = Setting.base(of: unit) else { return nil }
    self.family = "\(family)_\(suffix)"
    // It stands for "none", or "another setting's".
    value = number == -1 ? -1 : number * factor
  }

  private static let units: [(name: Substring, base: String, factor: Double)] = [
    ("us", "seconds", 1e-6), ("ms", "seconds", 1e-3), ("s", "seconds", 1), ("min", "seconds", 60),
    ("h", "seconds", 3600), ("d", "seconds", 86_400),
    ("B", "bytes", 1), ("kB", "bytes", 0x1p10), ("MB", "bytes", 0x1p20), ("GB", "bytes", 0x1p30),
    ("TB", "bytes", 0x1p40),
  ]

  /// The base unit and how many of it one `unit` is; a block is a unit too: `8kB`.
  private static func base(of unit: String) -> (name: String, factor: Double)? {
    let digits = unit.prefix { $0.isASCII && $0.isNumber }
    guard let known = units.first(where: { $0.name == unit[digits.endIndex...] }) else { return nil }
    guard let count = digits.isEmpty ? 1 : Double(digits) else { return nil }
    return (known.base, count * known.factor)
  }
}
