/// Rows in columns that fit a width, where there is one.
package struct TextTable: Sendable {
  package struct Column: Sendable {
    package var title: String
    package var isRight = false
    /// Columns are left out in the order of this number where there is no room; nil for one that stays.
    package var dispensability: Int?
    /// How narrow the column may become before others are left out; nil for one that keeps its width.
    package var least: Int?

    package init(_ title: String, isRight: Bool = false, dispensability: Int? = nil, least: Int? = nil) {
      self.title = title
      self.isRight = isRight
      self.dispensability = dispensability
      self.least = least
    }
  }

  package var columns: [Column]
  package var rows: [[TextLine]] = []
  private static let gap = 2

  package init(_ columns: [Column]) { self.columns = columns }

  /// The table's lines, its titles first.
  ///
  /// - Parameter width: nil for as wide as it takes.
  package func lines(width: Int?) -> [TextLine] {
    var shown = Array(columns.indices)
    var widths = columns.indices.map { index in
      rows.reduce(columns[index].title.count) { max($0, index < $1.count ? $1[index].width : 0) }
    }
    func total() -> Int { shown.reduce(-TextTable.gap) { $0 + widths[$1] + TextTable.gap } }
    if let width {
      func least(_ index: Int) -> Int { min(columns[index].least ?? .max, widths[index]) }
      while shown.reduce(-TextTable.gap, { $0 + least($1) + TextTable.gap }) > width,
        let victim = shown.filter({ columns[$0].dispensability != nil })
          .min(by: { (columns[$0].dispensability ?? 0) < (columns[$1].dispensability ?? 0) })
      { shown.removeAll { $0 == victim } }
      // From the right: what comes first is what people look for.
      for index in shown.reversed() where total() > width {
        widths[index] = max(least(index), widths[index] - (total() - width))
      }
    }
    let titles = columns.map { TextLine($0.title, .faint) }
    return ([titles] + rows).map { row in line(row, shown, widths, limit: width) }
  }

  private func line(_ row: [TextLine], _ shown: [Int], _ widths: [Int], limit: Int?) -> TextLine {
    var line = TextLine()
    for index in shown {
      let cell = (index < row.count ? row[index] : TextLine()).cut(to: widths[index])
      if index != shown.first { line.add(String(repeating: " ", count: TextTable.gap)) }
      let padding = String(repeating: " ", count: widths[index] - cell.width)
      if columns[index].isRight { line.add(padding) }
      line += cell
      if !columns[index].isRight, index != shown.last { line.add(padding) }
    }
    line.trim()
    return limit.map { line.cut(to: $0) } ?? line
  }
}
