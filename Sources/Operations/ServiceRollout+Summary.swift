import Swarm

extension ServiceRollout {
  /// Where the service stands, and why.
  package var summary: String {
    let reason = failure.map(\.text)
    let counted = "\(counts.running)/\(counts.desired) running"
    switch outcome {
    case .converged: return "converged, \(counts.updated)/\(counts.desired)"
    case .unchanged: return "unchanged"
    case .rolledBack: return "rolled back: \(reason ?? updateMessage)"
    case .paused:
      let what = update == .rollbackPaused ? "the rollback is paused" : "the update is paused"
      return "\(what) with \(counts.updated)/\(counts.desired) updated: \(reason ?? updateMessage)"
    case .failed: return "failed, \(counted): \(reason ?? "its tasks fail")"
    case .deadline, nil:
      return "\(counts.updated)/\(counts.desired) updated, \(counted)\(obstacle.map { ": \($0)" } ?? "")"
    }
  }

  /// What it waits for.
  package var obstacle: String? {
    if !pending.isEmpty { return "pending: \(pending.joined(separator: "; "))" }
    if let failure { return failure.text }
    let states = waiting.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    guard !states.isEmpty else { return isUpdating ? updateMessage : nil }
    return states.joined(separator: ", ")
  }
}
