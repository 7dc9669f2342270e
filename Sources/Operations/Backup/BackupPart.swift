/// What a backup is made of.
package enum BackupPart: String, CaseIterable, Sendable {
  case postgres, redis, swarm

  /// The parts that a list names, separated by commas.
  ///
  /// - Throws: `usage` for others.
  package static func parse(_ list: String) throws(OperationError) -> Set<BackupPart> {
    var parts: Set<BackupPart> = []
    for name in list.split(separator: ",") {
      guard let part = BackupPart(rawValue: String(name)) else {
        throw OperationError(
          .usage, "--only: there is no part \(name)",
          advice: Suggestion(for: String(name), among: allCases.map(\.rawValue)).text)
      }
      parts.insert(part)
    }
    guard !parts.isEmpty else { throw OperationError(.usage, "--only names nothing") }
    return parts
  }
}
