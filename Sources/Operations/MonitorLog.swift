import Scoring

/// What changed between two looks, a line each: `vitals monitor` where there is no terminal.
package struct MonitorLog: Sendable {
  private var last: MonitorState?

  package init() {}

  /// The lines for a new state; one that says that nothing changed where that is so.
  package mutating func lines(_ state: MonitorState) -> [String] {
    defer { last = state }
    if let problem = state.problem { return last?.problem == problem ? [] : ["no answer: \(problem)"] }
    guard let status = state.status else { return [] }
    guard let last, let before = last.status else { return [summary(state, status)] + troubles(status) }
    var lines: [String] = last.problem == nil ? [] : ["answers again"]
    if let score = state.score, score.value != last.score?.value {
      let reasons = score.deductions.map { "\($0.pointsText) \($0.text)" }.joined(separator: "; ")
      lines.append("score \(score.value) \(score.band.rawValue)\(reasons.isEmpty ? "" : ": \(reasons)")")
    }
    let old = Dictionary(before.services.map { ($0.name, $0) }) { first, _ in first }
    for service in status.services {
      guard let known = old[service.name] else {
        lines.append("\(service.name) is new: \(service.replicas)")
        continue
      }
      let isOther = known.replicas != service.replicas || known.progress != service.progress
      if isOther || known.isHealthy != service.isHealthy { lines.append(service.line) }
    }
    let present = Set(status.services.map(\.name))
    lines += before.services.filter { !present.contains($0.name) }.map { "\($0.name) is gone" }
    let nodes = Dictionary(before.nodes.map { ($0.id, $0) }) { first, _ in first }
    for node in status.nodes where nodes[node.id]?.condition != node.condition {
      lines.append("\(node.name) is \(node.condition)")
    }
    return lines.isEmpty ? [summary(state, status)] : lines
  }

  private func summary(_ state: MonitorState, _ status: StatusReport) -> String {
    let well = status.services.count(where: \.isHealthy)
    let score = state.score.map { "score \($0.value) \($0.band.rawValue), " } ?? ""
    let ready = status.nodes.count(where: \.isWell)
    return "\(score)\(well)/\(status.services.count) services healthy, \(ready)/\(status.nodes.count) nodes ready"
  }

  private func troubles(_ status: StatusReport) -> [String] { status.services.filter { !$0.isHealthy }.map(\.line) }
}

extension StatusReport.Service {
  fileprivate var line: String {
    let state = isHealthy ? "healthy" : "not healthy"
    let why = (progress.isEmpty ? [] : [progress]) + (isHealthy ? [] : remarks)
    return "\(name) \(replicas) \(state)\(why.isEmpty ? "" : ": \(why.joined(separator: "; "))")".printable
  }
}

extension StatusReport.Node {
  fileprivate var condition: String { availability == "active" ? state : "\(state), \(availability)" }
}
