package import Scoring

/// `vitals check` as people read it.
package struct CheckView: Sendable {
  private let report: CheckReport
  /// In columns; nil for as wide as it takes.
  private let width: Int?

  package init(_ report: CheckReport, width: Int?) {
    self.report = report
    self.width = width
  }

  package var lines: [TextLine] {
    var lines = report.score.checks.flatMap(row)
    if !report.recentFailures.isEmpty {
      lines += ["", TextLine("Failed tasks of the last hour", .bold)]
      lines += report.recentFailures.flatMap { failure in
        wrapped("  ", "\(failure.service): \(failure.failure.sentence)", .plain)
      }
    }
    lines += [""] + deductions + [headline]
    return lines
  }

  /// The number and what it means.
  package var headline: TextLine {
    TextLine("Score \(report.score.value) of 100: \(report.score.band.rawValue)", report.score.band.style)
  }

  private var deductions: [TextLine] {
    report.score.deductions.flatMap { deduction -> [TextLine] in
      let points = deduction.pointsText
      let padding = String(repeating: " ", count: max(0, 5 - points.count))
      return wrapped(
        "\(padding)\(points)  ", "\(deduction.component): \(deduction.text)", deduction.points >= 20 ? .bad : .warn)
    }
  }

  private func row(_ check: Score.Check) -> [TextLine] {
    let (mark, style): (String, TextStyle) =
      switch check.status {
      case .pass: ("ok  ", .good)
      case .fail: ("FAIL", .bad)
      case .unknown: ("?   ", .faint)
      }
    let name = check.name + String(repeating: " ", count: max(0, 11 - check.name.count))
    let texts = width.map { check.text.printable.wrapped(to: $0 - 18) } ?? [check.text]
    return texts.enumerated().map { number, text in
      guard number == 0 else { return TextLine(String(repeating: " ", count: 18) + text) }
      var line = TextLine(mark, style)
      line.add("  \(name) ", .bold)
      line.add(text)
      return line
    }
  }

  /// `text` behind `prefix`, in as many lines as it takes.
  private func wrapped(_ prefix: String, _ text: String, _ style: TextStyle) -> [TextLine] {
    let texts = width.map { text.printable.wrapped(to: $0 - prefix.count) } ?? [text]
    return texts.enumerated().map { number, text in
      var line = TextLine(number == 0 ? prefix : String(repeating: " ", count: prefix.count), style)
      line.add(text)
      return line
    }
  }
}

extension Score.Band {
  package var style: TextStyle {
    switch self {
    case .healthy: .good
    case .degraded: .warn
    case .critical: .bad
    }
  }
}

extension Score.Deduction {
  /// `-40`; 0 where the check has taken the most that it may already.
  var pointsText: String { points == 0 ? "0" : "-\(points)" }
}
