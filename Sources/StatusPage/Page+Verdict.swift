import EventLoop
import Health

/// The verdict, and what else needs somebody to look.
extension Page {
  /// The state in a word, and how it is shown.
  var headline: (word: HTML, tone: Severity) {
    switch report.lifecycle {
    case .starting: return ("Starting", .note)
    case .draining: return ("Stopping", .note)
    case .serving: break
    }
    switch report.status {
    case .pass: return ("Healthy", .good)
    case .warn: return ("Degraded", .warn)
    case .fail: return troubles.allSatisfy { $0.verdict.reason == .pending } ? ("Starting", .note) : ("Failing", .fail)
    }
  }

  /// For a tab: the state, what is the matter, and where.
  func title(_ heading: HTML) -> HTML {
    let names = troubles.prefix(2).map { "\(text: $0.check.name)" as HTML }
    let more: HTML = troubles.count > names.count ? " and \(troubles.count - names.count) more" : HTML()
    let matter: HTML = names.isEmpty ? "" : ": \(names.joined(", "))\(more)"
    return "\(heading)\(matter) · \(text: report.service.serviceID)"
  }

  /// The checks that do not pass, those first that make the whole fail.
  private var troubles: [(check: CheckState, verdict: Verdict)] {
    let all = report.checks.map { (check: $0, verdict: $0.verdict(at: report.now)) }.filter {
      $0.verdict.status != .pass
    }
    func isDecisive(_ trouble: (check: CheckState, verdict: Verdict)) -> Bool {
      trouble.check.policy.critical && trouble.verdict.status == .fail
    }
    return all.filter(isDecisive) + all.filter { !isDecisive($0) }
  }

  /// Why the verdict is what it is, and what that means for traffic.
  var summary: HTML {
    var summary = HTML()
    switch report.lifecycle {
    case .starting: summary += "<p>The service is about to begin.</p>"
    case .draining: summary += "<p>The service was told to stop and is telling its clients.</p>"
    case .serving: break
    }
    if report.checks.isEmpty {
      summary += """
        <p>Nothing is checked: set <code>DATABASE_URL</code>, <code>REDIS_URL</code> or <code>VITALS_CHECKS</code>.</p>
        """
    } else if troubles.isEmpty {
      switch report.checks.count {
      case 1: summary += "<p>The one check passes.</p>"
      case 2: summary += "<p>Both checks pass.</p>"
      case let count: summary += "<p>All \(count) checks pass.</p>"
      }
    } else {
      let shown = troubles.prefix(Limit.troubles).map { "<li>\(sentence($0.check, $0.verdict))</li>" as HTML }
      let rest = troubles.count - shown.count
      summary += "<ul>\(shown.joined())\(rest > 0 ? "<li>And \(rest) more checks do not pass.</li>" : "")</ul>"
    }
    if report.status == .fail {
      summary += "<p><code>/health/</code> answers 503, so that no traffic is sent here.</p>"
    } else if report.status == .warn {
      summary += "<p><code>/health/</code> answers 200: this does not keep the service from working.</p>"
    }
    summary += scoreLine
    return summary
  }

  private func sentence(_ check: CheckState, _ verdict: Verdict) -> HTML {
    let reason = verdict.reason.map { ": \(text: $0.explanation)" as HTML } ?? ""
    let since = check.since(at: report.now).map { " for \(moment.elapsed(since: $0))" as HTML } ?? ""
    if verdict.reason == .pending { return "<b>\(text: check.name)</b> has not been checked yet" }
    let count: HTML =
      verdict.status == .warn ? ", \(check.consecutiveFailures) of \(check.policy.failures) failures" : ""
    let isOptional = verdict.status == .fail && !check.policy.critical
    return
      "<b>\(text: check.name)</b> has been \(verdict.word)\(since)\(reason)\(count)\(isOptional ? " (optional)" : "")"
  }

  /// What is wrong beside the checks, the worst first; empty where nothing is.
  var attention: HTML {
    let items = (swarmTroubles + workerTroubles + sourceTroubles).enumerated()
      .sorted { ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset) }.map(\.element)
    if items.isEmpty { return "" }
    let shown = items.prefix(Limit.troubles).map { item -> HTML in
      "<li>\(item.severity.mark)<span>\(item.text)</span></li>"
    }
    let rest = items.count - shown.count
    return """
      <section aria-labelledby="attention"><h2 id="attention">Needs attention</h2>\
      <ul class="plain">\(shown.joined())</ul>\(rest > 0 ? "<p>And \(rest) more, below.</p>" : "")</section>
      """
  }

  /// One thing that is wrong, as a sentence.
  struct Trouble {
    var severity: Severity
    var text: HTML
  }
}
