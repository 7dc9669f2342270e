import Scoring

extension DeployPlan {
  /// A line of the plan for people; the mark is `+`, `~`, `-`, `?`, `=`, `!` for a warning, or a blank for what belongs to the
  /// line before.
  package struct Line: Equatable, Sendable {
    package var mark: Character
    package var text: String
  }

  package var lines: [Line] {
    var lines: [Line] = []
    for service in services {
      guard let (mark, text) = title(of: service) else { continue }
      lines.append(Line(mark: mark, text: text))
      lines += service.changes.map { Line(mark: " ", text: "    \($0.line)") }
    }
    for object in objects {
      lines.append(Line(mark: object.action == .add ? "+" : "~", text: "\(object.kind) \(object.name)"))
      lines += object.changes.map { Line(mark: " ", text: "    \($0.line)") }
      if object.action == .change, ["network", "volume"].contains(object.kind) {
        lines.append(
          Line(mark: " ", text: "    the engine keeps the \(object.kind) as it is: take the stack down to make it anew")
        )
      }
    }
    for service in services {
      guard let kept = service.keptReplicas, let number = service.replicas else { continue }
      lines.append(
        Line(mark: "=", text: "service \(service.name) keeps \(kept) replicas; the file has \(number) (--reset-scale)"))
    }
    let unchanged = services.count { $0.action == .unchanged }
    if unchanged > 0 {
      lines.append(Line(mark: "=", text: "\(counted(unchanged, "service")) unchanged"))
    }
    lines += warnings.map { Line(mark: "!", text: $0) }
    return lines
  }

  private func title(of service: Service) -> (Character, String)? {
    let name = "service \(service.name)"
    switch service.action {
    case .add: return ("+", name)
    case .change: return ("~", name)
    case .restore: return ("~", "\(name): was changed since the last deploy, and will be as in the file again")
    case .adopt: return ("~", "\(name): runs, but no release has it on record")
    case .remove: return ("-", "\(name): is not in the file")
    case .leave: return ("?", "\(name): is not in the file, and stays (--prune removes it)")
    case .unchanged: return nil
    }
  }
}
