import Foundation

/// The report as text.
struct Table {
  let report: Report

  var text: String {
    var lines = report.machine
    if report.isQuick { lines.append("Quick run: short rounds, the figures scatter more.") }
    lines += ["", "Ratios are vitals to peer, the median of the rounds' own."]
    lines += Self.columns(
      [["figure", "vitals", "peer", "", "ratio", "target", ""]] + report.rows.map(Self.cells), figures: [1, 2, 4])
    if !report.laps.isEmpty {
      lines += [
        "",
        "The rounds' medians, shares in % of a core. With wrk near 100 % it limits the rate; others are the databases",
        "and whatever else ran: far above 0 beside vitals or nginx, the machine was not quiet.",
      ]
      lines += Self.columns(
        [["server", "path", "requests/s", "p50 µs", "p99 µs", "CPU µs", "busy %", "wrk %", "others %"]]
          + report.laps.map(Self.cells), figures: Set(2...8))
    }
    lines += report.problems.map { "could not be run: \($0)" }
    return lines.joined(separator: "\n")
  }

  private static func cells(_ row: Report.Row) -> [String] {
    [
      row.figure,
      "\(number(row.vitals)) \(row.unit)",
      row.peer.map { "\(number($0)) \(row.unit)" } ?? "",
      row.peerName ?? "",
      row.ratio.map { number($0) } ?? "",
      row.target?.description ?? "",
      row.isMet.map { $0 ? "met" : "missed" } ?? "",
    ]
  }

  private static func cells(_ lap: Report.Lap) -> [String] {
    func median(_ value: (Load) -> Double) -> String { number(lap.loads.map(value).median) }
    return [
      lap.server, lap.path, median(\.rate), median(\.p50), median(\.p99), median(\.cpu),
      median { 100 * $0.serverCPU / $0.seconds }, median { 100 * $0.generatorCPU / $0.seconds },
      median { 100 * $0.othersCPU / $0.seconds },
    ]
  }

  /// Three significant digits, and no decimals from a hundred on.
  static func number(_ value: Double) -> String {
    let magnitude = abs(value)
    let decimals = magnitude >= 100 || magnitude == 0 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3
    return String(format: "%.\(decimals)f", value)
  }

  /// Rows under a heading: the columns of `figures` to the right, the others to the left.
  private static func columns(_ rows: [[String]], figures: Set<Int>) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return figures.contains(column) ? padding + row[column] : row[column] + padding
      }
      return cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
    }
  }
}

extension Target: CustomStringConvertible {
  var description: String {
    let sign = isUpperBound ? "≤" : "≥"
    let number = bound == bound.rounded() ? "\(Int(bound))" : "\(bound)"
    return subject == .ratio ? "\(sign) \(number) x" : "\(sign) \(number)"
  }
}
