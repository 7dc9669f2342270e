import EventLoop
import Health

/// Each check: its state, how long it takes, and its last hour.
extension Page {
  var checks: HTML {
    if report.checks.isEmpty { return "" }
    // In the order in which they were configured, so that each has its place, unless there are too many to show.
    var shown = report.checks
    if shown.count > Limit.checks {
      shown = Excerpt(shown, limit: Limit.checks) { $0.verdict(at: report.now).severity }.rows
    }
    let rest = report.checks.count - shown.count
    return """
      <section aria-labelledby="checks"><h2 id="checks">Checks</h2><table class="checks marked">\
      <thead><tr><th scope="col">Check</th><th scope="col">State</th><th scope="col" class="number">Response</th>\
      <th scope="col">Last runs</th><th scope="col">Last hour</th></tr></thead><tbody>\
      \(shown.map(row).joined())</tbody></table>\(rest > 0 ? "<p>And \(rest) more checks.</p>" : "")</section>
      """
  }

  private func row(_ check: CheckState) -> HTML {
    let verdict = check.verdict(at: report.now)
    let tag: HTML = check.policy.critical ? "" : "<span class=\"tag\">optional</span>"
    let time: HTML = verdict.status == .pass ? check.lastDuration.map { "\(text: latency($0))" } ?? "" : ""
    return """
      <tr><th scope="row">\(verdict.severity.mark)<bdi>\(text: check.name)</bdi>\(tag)</th>\
      <td>\(state(check, verdict))</td><td class="number">\(time)</td>\
      <td>\(Sparkline(runs: check.history.runs).svg)</td>\
      <td>\(HourChart(minutes: check.history.minutes(at: report.now)).svg)</td></tr>
      """
  }

  private func state(_ check: CheckState, _ verdict: Verdict) -> HTML {
    let since = check.since(at: report.now).map { " for \(moment.elapsed(since: $0))" as HTML } ?? ""
    var lines: [HTML] = ["<b class=\"\(text: verdict.severity.name)\">\(verdict.word)</b>\(since)"]
    if let reason = verdict.reason, reason != .pending { lines.append("\(text: reason.explanation)") }
    let success = check.lastSuccess.map { "last passed \(moment.ago($0))" as HTML }
    lines.append("<span class=\"soft\">\(success ?? "has not passed yet")</span>")
    return lines.joined("<br>")
  }
}
