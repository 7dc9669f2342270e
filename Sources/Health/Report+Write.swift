import EventLoop

extension Report {
  /// Appends the body of the answer.
  ///
  /// - Parameters:
  ///   - format: its form.
  ///   - brief: whether to give the status alone, the same bytes as long as it is the same.
  ///   - out: where to.
  package func write(_ format: BodyFormat, brief: Bool = false, into out: inout [UInt8]) {
    if brief { return ProbeAnswer(status: status).write(format, into: &out) }
    switch format {
    case .json, .healthJSON: writeJSON(into: &out)
    case .text: writeText(into: &out)
    }
  }

  private func writeText(into out: inout [UInt8]) {
    out.append(contentsOf: status.rawValue.utf8)
    out.append("\n")
    if lifecycle != .serving, let output {
      out.append("[-]service failed: ")
      out.append(contentsOf: output.utf8)
      out.append("\n")
    }
    for check in checks {
      let verdict = check.verdict(at: now)
      out.append(verdict.status == .pass ? "[+]" : verdict.status == .warn ? "[!]" : "[-]")
      out.append(contentsOf: check.name.utf8)
      switch verdict.status {
      case .pass:
        out.append(" ok ")
        out.append(milliseconds: check.lastDuration ?? .zero)
        out.append("ms\n")
      case .warn, .fail:
        out.append(verdict.status == .warn ? " warning: " : " failed: ")
        out.append(contentsOf: (verdict.reason?.rawValue ?? "").utf8)
        out.append(check.policy.critical ? "\n" : " (optional)\n")
      }
    }
  }
}
