/// How much something needs somebody to look at it.
enum Severity: Int, Comparable, CaseIterable {
  case good
  /// Worth knowing: somebody wanted it so, or it is under way.
  case note
  case warn
  case fail

  static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }

  /// Its class in the style sheet, and the end of the id of its mark.
  var name: String { "\(self)" }

  /// A mark whose form says what its colour does; what stands beside it says it in words.
  var mark: HTML {
    "<svg class=\"mark \(text: name)\" aria-hidden=\"true\"><use href=\"#mark-\(text: name)\"/></svg>"
  }
}

/// Rows that are shown, and how many are not.
struct Excerpt<Row> {
  var rows: [Row]
  var rest: Int

  /// The most important of `rows`, the first ones of equals; all in the order of importance.
  init(_ rows: [Row], limit: Int, by severity: (Row) -> Severity) {
    var groups: [Severity: [Row]] = [:]
    for row in rows {
      let severity = severity(row)
      if groups[severity, default: []].count < limit { groups[severity, default: []].append(row) }
    }
    let sorted = Severity.allCases.reversed().flatMap { groups[$0] ?? [] }
    self.rows = Array(sorted.prefix(limit))
    rest = rows.count - self.rows.count
  }
}
