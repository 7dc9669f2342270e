import EventLoop
import Health

/// Queues and their workers, the collectors, and the end of the page.
extension Page {
  var celery: HTML {
    if overview.queues.isEmpty, overview.workers.isEmpty { return "" }
    return """
      <section aria-labelledby="celery"><h2 id="celery">Celery</h2>\
      <div class="columns"><div>\(workers)</div><div>\(queues)</div></div></section>
      """
  }

  private var queues: HTML {
    if overview.queues.isEmpty { return "" }
    let longest = overview.queues.sorted { ($1.length, $0.name) < ($0.length, $1.name) }.prefix(Limit.queues)
    let rows = longest.map { queue -> HTML in
      "<tr><th scope=\"row\"><bdi>\(text: queue.name)</bdi></th><td class=\"number\">\(queue.length)</td></tr>"
    }
    let rest = overview.queues.count - longest.count
    return """
      <h3 id="queues">Queues</h3><table aria-labelledby="queues"><thead><tr><th scope="col">Queue</th>\
      <th scope="col" class="number">Waiting</th></tr></thead><tbody>\(rows.joined())</tbody></table>\
      \(rest > 0 ? "<p class=\"soft\">And \(count(rest, "shorter queue")).</p>" : "")
      """
  }

  private var workers: HTML {
    if overview.workers.isEmpty { return "" }
    let excerpt = Excerpt(overview.workers, limit: Limit.workers, by: \.severity)
    let rows = excerpt.rows.map { worker -> HTML in
      """
      <tr><th scope="row">\(worker.severity.mark)<bdi>\(text: worker.name)</bdi></th>\
      <td>\(worker.isUp ? "up" : "gone")\(worker.lastHeartbeat.map { ", heard \(moment.ago($0))" as HTML } ?? "")</td>\
      <td class="number">\(worker.activeTasks.map { "\($0)" as HTML } ?? "")</td></tr>
      """
    }
    return """
      <h3 id="workers">Workers</h3><table class="marked" aria-labelledby="workers"><thead><tr><th scope="col">Worker</th>\
      <th scope="col">State</th><th scope="col" class="number">Active</th></tr></thead>\
      <tbody>\(rows.joined())</tbody></table>\
      \(excerpt.rest > 0 ? "<p class=\"soft\">And \(count(excerpt.rest, "more worker")).</p>" : "")
      """
  }

  var workerTroubles: [Trouble] {
    overview.workers.filter { $0.severity > .note }.map {
      Trouble(severity: $0.severity, text: "Celery worker <b><bdi>\(text: $0.name)</bdi></b> is gone")
    }
  }

  var sources: HTML {
    if overview.sources.isEmpty { return "" }
    let excerpt = Excerpt(overview.sources, limit: Limit.sources, by: \.severity)
    let rows = excerpt.rows.map { source -> HTML in
      let state: HTML = source.isUp == false ? "fails" : source.isUp == nil ? "starting" : ""
      let success: HTML = source.lastSuccess.map { "\(moment.ago($0))" } ?? ""
      return """
        <li>\(source.severity.mark)<span><b>\(text: source.name)</b> \(state) <span class="soft">\(success)</span></span></li>
        """
    }
    return """
      <section aria-labelledby="sources"><h2 id="sources">Collectors</h2>\
      <ul class="plain row">\(rows.joined())</ul>\(excerpt.rest > 0 ? "<p>And \(excerpt.rest) more.</p>" : "")</section>
      """
  }

  var sourceTroubles: [Trouble] {
    // That there are no numbers of a server that does not answer goes without saying.
    let down = Set(report.checks.filter { $0.verdict(at: report.now).status != .pass }.map(\.name))
    return overview.sources.filter { $0.isUp == false && !down.contains($0.name) }.map { source in
      let last: HTML =
        source.lastSuccess.map { "its last numbers are of \(moment.ago($0))" } ?? "it has brought no numbers yet"
      return Trouble(severity: .warn, text: "Collector <b>\(text: source.name)</b> fails: \(last)")
    }
  }

  var footer: HTML {
    """
    <p>Vitals \(text: report.service.releaseID), up for \(text: Moment.text(report.now - report.service.started))</p>\
    <p class="end"><a href="/metrics">Metrics</a></p>
    """
  }
}
