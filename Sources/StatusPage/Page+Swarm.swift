import Health

/// The swarm: services, updates, failures and nodes.
extension Page {
  var swarm: HTML {
    guard let swarm = overview.swarm else {
      return note(
        """
        No swarm is watched: <code>DOCKER_HOST</code> names no engine, and there is no socket at \
        <code>/var/run/docker.sock</code>. Mount it, or point <code>DOCKER_HOST</code> at a manager.
        """)
    }
    guard let taken = swarm.taken else {
      if let advice = swarm.advice { return note("\(text: sentence(advice)).") }
      return note(swarm.state == nil ? "The engine has not been asked yet." : "There are no recent numbers.")
    }
    let counts = [
      count(swarm.services.count, "service"), count(swarm.nodes.count, "node"),
      count(swarm.runningTasks, "running task"),
    ]
    return """
      <section aria-labelledby="swarm"><h2 id="swarm">Swarm</h2>\
      <p>\(counts.joined(", ")), as of \(moment.ago(taken)).</p>\
      <div class="columns"><div>\(updates(swarm))\(services(swarm))</div>\
      <div>\(nodes(swarm))\(failures(swarm))</div></div></section>
      """
  }

  /// What the swarm has that somebody should look at.
  var swarmTroubles: [Trouble] {
    guard let swarm = overview.swarm else { return [] }
    var troubles: [Trouble] = []
    if swarm.severity > .note, let advice = swarm.advice {
      troubles.append(Trouble(severity: swarm.severity, text: "\(text: sentence(advice))."))
    }
    guard swarm.taken != nil else { return troubles }
    for service in swarm.services {
      let severity = service.severity(at: moment)
      guard severity > .note else { continue }
      let numbers: HTML = "runs \(service.running) of \(service.desired) \(service.isJob ? "tasks" : "replicas")"
      let text = ([numbers] + service.remarks(at: moment)).joined("; ")
      troubles.append(Trouble(severity: severity, text: "<b><bdi>\(text: service.name)</bdi></b> \(text)"))
    }
    for node in swarm.nodes where node.severity > .note {
      let text: HTML =
        "<b><bdi>\(text: node.name)</bdi></b>, a \(node.manager == nil ? "worker" : "manager"), is \(node.condition)"
      troubles.append(Trouble(severity: node.severity, text: text))
    }
    return troubles
  }

  private func note(_ text: HTML) -> HTML {
    "<section aria-labelledby=\"swarm\"><h2 id=\"swarm\">Swarm</h2><p>\(text)</p></section>"
  }

  // MARK: Tables

  private func updates(_ swarm: Overview.Swarm) -> HTML {
    let changing = swarm.services.filter { $0.change != nil }
    if changing.isEmpty { return "" }
    let rows = changing.prefix(Limit.services).map { service -> HTML in
      let updated = service.update?.updated ?? 0
      let since: HTML = service.update?.started.map { ", for \(moment.elapsed(since: $0))" } ?? ""
      return """
        <li>\(service.severity(at: moment).mark)<span><b>\(name(service))</b> \(service.change ?? "")\(since): \
        \(updated) of \(service.desired) replaced\(Replicas(count: updated, desired: service.desired).svg)</span></li>
        """
    }
    let rest: HTML = changing.count > rows.count ? "<p class=\"soft\">And \(changing.count - rows.count) more.</p>" : ""
    return "<h3>Updates under way</h3><ul class=\"plain\">\(rows.joined())</ul>\(rest)"
  }

  private func services(_ swarm: Overview.Swarm) -> HTML {
    if swarm.services.isEmpty { return "<h3>Services</h3><p class=\"soft\">No service has been created yet.</p>" }
    let excerpt = Excerpt(swarm.services, limit: Limit.services) { $0.severity(at: moment) }
    let rows = excerpt.rows.map { service -> HTML in
      let severity = service.severity(at: moment)
      let remarks = service.remarks(at: moment)
      return """
        <tr><th scope="row">\(severity.mark)\(name(service))</th>\
        <td class="number \(text: severity.name)">\(Replicas(count: service.running, desired: service.desired).svg)\
        <b>\(service.running)</b> <span class="soft">/ \(service.desired)</span></td>\
        <td>\(remarks.isEmpty ? idle(service) : remarks.joined("<br>"))</td></tr>
        """
    }
    return """
      <h3 id="services">Services</h3><table class="services marked" aria-labelledby="services"><thead><tr>\
      <th scope="col">Service</th><th scope="col" class="number">Running</th><th scope="col">State</th></tr></thead>\
      <tbody>\(rows.joined())</tbody></table>\(rest(excerpt, "services", swarm.services) { $0.severity(at: moment) })
      """
  }

  /// The state of a service of which there is nothing special to tell.
  private func idle(_ service: Overview.Service) -> HTML {
    if service.running < service.desired { return service.running == 0 ? "does not run" : "replicas are missing" }
    return "<span class=\"soft idle\">\(service.desired == 0 ? "scaled to zero" : "runs")</span>"
  }

  /// The name without the stack's, which docker stack puts before it, in a softer tone.
  private func name(_ service: Overview.Service) -> HTML {
    let prefix = service.stack + "_"
    guard !service.stack.isEmpty, service.name.hasPrefix(prefix) else { return "<bdi>\(text: service.name)</bdi>" }
    return
      "<bdi><span class=\"stack\">\(text: prefix)</span>\(text: String(service.name.dropFirst(prefix.count)))</bdi>"
  }

  private func nodes(_ swarm: Overview.Swarm) -> HTML {
    let sorted = swarm.nodes.sorted { ($0.rank, $0.name) < ($1.rank, $1.name) }
    let excerpt = Excerpt(sorted, limit: Limit.nodes, by: \.severity)
    let rows = excerpt.rows.map { node -> HTML in
      """
      <tr><th scope="row">\(node.severity.mark)<bdi>\(text: node.name)</bdi></th>\
      <td>\(node.role)</td><td class="\(text: node.severity.name)">\(node.condition)</td>\
      <td class="number">\(node.runningTasks)</td></tr>
      """
    }
    return """
      <h3 id="nodes">Nodes</h3><table class="marked" aria-labelledby="nodes"><thead><tr><th scope="col">Node</th>\
      <th scope="col">Role</th><th scope="col">State</th><th scope="col" class="number">Tasks</th></tr></thead>\
      <tbody>\(rows.joined())</tbody></table>\(rest(excerpt, "nodes", swarm.nodes, by: \.severity))
      """
  }

  private func failures(_ swarm: Overview.Swarm) -> HTML {
    let failed = swarm.services.compactMap { service in service.lastFailure.map { (service: service, failure: $0) } }
    if failed.isEmpty { return "" }
    let newest = failed.sorted { $0.failure.time > $1.failure.time }.prefix(Limit.failures)
    let rows = newest.map { service, failure -> HTML in
      """
      <li><span><b><bdi>\(text: service.name)</bdi></b> \(failure.text), \
      <span class="soft">\(moment.ago(failure.time))</span></span></li>
      """
    }
    return "<h3>Last failures</h3><ul class=\"plain\">\(rows.joined())</ul>"
  }

  // MARK: Words

  /// How many rows are not shown, and what is the matter with the worst of them.
  private func rest<Row>(
    _ excerpt: Excerpt<Row>, _ noun: HTML, _ all: [Row], by severity: (Row) -> Severity
  ) -> HTML {
    if excerpt.rest == 0 { return "" }
    let bad = all.count { severity($0) > .note } - excerpt.rows.count { severity($0) > .note }
    let state: HTML = bad == 0 ? "nothing is wrong with them" : "something is wrong with \(bad) of them"
    return "<p class=\"soft\">And \(excerpt.rest) more \(noun): \(state).</p>"
  }

  func count(_ number: Int, _ noun: HTML) -> HTML { number == 1 ? "1 \(noun)" : "\(number) \(noun)s" }

  /// Our own texts begin in lower case, as log messages do.
  private func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
