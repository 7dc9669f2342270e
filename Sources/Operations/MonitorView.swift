import Scoring

/// A screen of `vitals monitor`: lines that depend on the state and the size, and on nothing else.
package struct MonitorView: Sendable {
  private let state: MonitorState
  private let width: Int
  /// In lines; nil for as many as it takes.
  private let height: Int?

  package init(_ state: MonitorState, width: Int, height: Int?) {
    self.state = state
    self.width = max(20, width)
    self.height = height.map { max(5, $0) }
  }

  /// The lines from top to bottom: `height` of them where there is one, none wider than `width`.
  package var lines: [TextLine] {
    var lines = header
    let room = height.map { $0 - lines.count - 1 }
    switch state.screen {
    case .overview: lines += overview(room)
    case .help: lines += MonitorView.help.map { TextLine($0) }
    case .logs: lines += log(room ?? .max)
    }
    guard let height else { return lines.map { $0.cut(to: width) } }
    lines = Array(lines.prefix(height - 1))
    lines += Array(repeating: TextLine(), count: height - 1 - lines.count) + [footer]
    return lines.map { $0.cut(to: width) }
  }

  // MARK: What is always there

  private var header: [TextLine] {
    var first = TextLine("vitals monitor", .bold)
    if let stack = state.status?.stack { first.add("  \(stack)") }
    if let score = state.score { first.add("  \(score.value) \(score.band.rawValue)", score.band.style) }
    if let problem = state.problem {
      // What does not fit is the end of the problem.
      first.add("  \(state.status == nil ? "" : "\(ageText(state.age)) old: ")\(problem)", .bad)
    }
    first = first.cut(to: max(0, width - state.clock.count - 1)).padded(to: width - state.clock.count)
    first.add(state.clock, .faint)
    guard let status = state.status else { return [first, TextLine(state.problem == nil ? "Asking..." : "")] }
    return [first, StatusView(status, width: width).cluster]
  }

  private var footer: TextLine {
    if state.isFiltering {
      var line = TextLine("filter: \(state.filter)")
      line.add("_", .inverse)
      line.add("  enter keeps it, esc clears it", .faint)
      return line
    }
    switch state.screen {
    case .overview:
      let filter = state.filter.isEmpty ? "" : " (\(state.filter))"
      return TextLine(
        "q quit  f filter\(filter)  s sort by \(state.order == .name ? "trouble" : "name")  l log  h help", .faint)
    case .help: return TextLine("any key: back  q quit", .faint)
    case .logs: return TextLine("esc back  arrows and pages: scroll", .faint)
    }
  }

  private static let help = [
    "", "q            quit", "arrows, j k  select a service", "l, enter     the log of the selected service",
    "f, /         show only services whose names have what is typed; esc shows all again",
    "s            sort by name, or what is in trouble first", "h, ?         this", "",
    "RUNNING counts tasks on nodes that are not down; docker service ls counts others too.",
    "The score is that of vitals check: 90 and above is healthy, below 70 critical.",
  ]

  // MARK: The overview

  /// A part of the overview, which may be shown in part.
  private struct Section {
    var lines: [TextLine]
    /// How many lines there should be at least.
    var least: Int

    /// As much as goes into `room` lines, the last of them saying how much is missing.
    func shown(in room: Int) -> [TextLine] {
      guard lines.count > room else { return lines }
      guard room > 1 else { return [] }
      return lines.prefix(room - 1) + [TextLine("  ... \(lines.count - room + 1) more", .faint)]
    }
  }

  private func overview(_ room: Int?) -> [TextLine] {
    guard state.status != nil else { return [] }
    var sections = [services(room), deductions, nodes, flow, failures].filter { !$0.lines.isEmpty }
    guard var rest = room else { return sections.flatMap { [""] + $0.lines } }
    // Empty lines between the parts where all of it fits.
    let isLoose = sections.reduce(sections.count) { $0 + $1.lines.count } <= rest
    if isLoose { return sections.flatMap { [""] + $0.lines } }
    // First what each needs to say anything, then by importance.
    var rooms = sections.map { min($0.least, $0.lines.count) }
    rest -= rooms.reduce(0, +)
    for index in sections.indices where rest > 0 {
      let more = min(rest, sections[index].lines.count - rooms[index])
      rooms[index] += more
      rest -= more
    }
    if let first = sections.first, first.lines.count > rooms[0] { sections[0] = services(rooms[0]) }
    return zip(sections, rooms).flatMap { $0.shown(in: $1) }
  }

  /// The table of services; the rows around the selected one where not all fit into `room`.
  private func services(_ room: Int?) -> Section {
    let services = state.services
    var table = TextTable([
      .init("SERVICE", least: 12), .init("RUNNING", isRight: true), .init("UPDATE", dispensability: 2),
      .init("NODES", dispensability: 1), .init("WHY", least: 16),
    ])
    table.rows = services.map { service in
      [
        TextLine(service.name, .bold), TextLine(service.replicas, service.style), TextLine(service.progress, .warn),
        TextLine(service.nodes.map { $0.running > 1 ? "\($0.node) x\($0.running)" : $0.node }.joined(separator: " ")),
        TextLine(service.remarks.joined(separator: "; "), service.isHealthy ? .faint : .warn),
      ]
    }
    var lines = table.lines(width: width)
    if services.isEmpty {
      lines = [TextLine(state.filter.isEmpty ? "No service." : "No service has \(state.filter) in its name.")]
    } else {
      let selected = state.selectedIndex + 1
      if height != nil { lines[selected] = lines[selected].padded(to: width).styled(.inverse) }
      if let room, lines.count > room, room > 2 {
        let start = min(max(0, selected - (room - 2)), services.count - (room - 2))
        if start > 0 { lines.removeSubrange(1...start) }
      }
    }
    return Section(lines: lines, least: min(6, services.count + 1))
  }

  private var deductions: Section {
    guard let score = state.score else { return Section(lines: [], least: 0) }
    let unknown = score.checks.filter { $0.status == .unknown }.map(\.name)
    let passing = score.checks.filter { $0.status == .pass }.map(\.name)
    var line = TextLine("CHECKS", .faint)
    line.add("  \(passing.joined(separator: " "))", .good)
    if !unknown.isEmpty { line.add("  unknown: \(unknown.joined(separator: " "))", .faint) }
    let found = score.deductions.sorted { $0.points > $1.points }.map { deduction in
      TextLine(
        "  \(deduction.pointsText) \(deduction.component): \(deduction.text)", deduction.points >= 20 ? .bad : .warn)
    }
    return Section(lines: [line] + found, least: min(3, found.count + 1))
  }

  private var nodes: Section {
    guard let status = state.status else { return Section(lines: [], least: 0) }
    let lines = StatusView(status, width: width).nodes.lines(width: width)
    return Section(lines: lines, least: min(4, lines.count))
  }

  private var flow: Section {
    guard let traffic = state.traffic else { return Section(lines: [], least: 0) }
    var line = TextLine("QUEUES", .faint)
    if traffic.queues.isEmpty { line.add("  none") }
    for queue in traffic.queues {
      line.add("  \(queue.name) ")
      line.add("\(queue.length)", queue.length > 100 ? .warn : .bold)
    }
    var rates = TextLine("RATES ", .faint)
    func add(_ rate: Double?, _ what: String, _ style: TextStyle = .plain) {
      if let rate { rates.add("  \(decimalText(rate))/s \(what)", style) }
    }
    add(traffic.tasksPerSecond, "tasks")
    add(traffic.requestsPerSecond, "requests")
    add(traffic.failuresPerSecond, "failed", (traffic.failuresPerSecond ?? 0) > 0 ? .bad : .plain)
    let lines = rates.spans.count > 1 ? [line, rates] : [line]
    return Section(lines: lines, least: lines.count)
  }

  private var failures: Section {
    guard !state.failures.isEmpty else { return Section(lines: [], least: 0) }
    let lines = state.failures.map { TextLine("  \($0.service): \($0.failure.sentence)") }
    return Section(lines: [TextLine("FAILED TASKS", .faint)] + lines, least: 2)
  }

  // MARK: The log

  private func log(_ room: Int) -> [TextLine] {
    guard case .logs(let service) = state.screen else { return [] }
    let title = TextLine("Log of \(service)\(state.scroll > 0 ? ", \(state.scroll) lines below" : "")", .bold)
    if state.log.isEmpty { return [title, TextLine("Nothing so far.", .faint)] }
    let end = state.log.count - state.scroll
    return [title] + state.log[max(0, end - (room - 1))..<end].map { TextLine($0) }
  }
}

extension StatusReport.Service {
  /// How far an update is.
  var progress: String {
    guard let update else { return "" }
    switch update {
    case "completed", "rollback_completed": return ""
    case "updating": return "\(updated ?? 0)/\(desired) new"
    case "rollback_started": return "\(updated ?? 0)/\(desired) back"
    default: return update.replacing("_", with: " ")
    }
  }
}
