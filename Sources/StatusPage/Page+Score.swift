import Scoring

/// The number, and of each point that is missing, why.
extension Page {
  /// A sentence for the summary; empty where nothing is scored.
  var scoreLine: HTML {
    guard let score = overview.score, !score.checks.isEmpty else { return "" }
    return "<p>Score <b>\(score.value)</b> of 100: \(text: score.band.rawValue).</p>"
  }

  /// What was deducted; empty where nothing was and everything is known.
  var deductions: HTML {
    guard let score = overview.score else { return "" }
    let unknown = score.checks.filter { $0.status == .unknown }.map(\.name)
    if score.deductions.isEmpty, unknown.isEmpty { return "" }
    let shown = score.deductions.sorted { $0.points > $1.points }.prefix(Limit.deductions).map { deduction -> HTML in
      let severity: Severity = deduction.points >= 20 ? .fail : .warn
      return """
        <li><b class="points \(text: severity.name)">−\(deduction.points)</b><span>\(text: deduction.text) \
        <span class="soft">(\(text: deduction.component))</span></span></li>
        """
    }
    let rest = score.deductions.count - shown.count
    let list: HTML = shown.isEmpty ? "" : "<ul class=\"plain\">\(shown.joined())</ul>"
    let more: HTML = rest > 0 ? "<p>And \(rest) more.</p>" : ""
    let gaps: HTML =
      unknown.isEmpty ? "" : "<p>Not known, and so not counted: \(text: unknown.joined(separator: ", ")).</p>"
    return """
      <section aria-labelledby="score"><h2 id="score">Score \(score.value) of 100</h2>\(list)\(more)\(gaps)</section>
      """
  }
}
