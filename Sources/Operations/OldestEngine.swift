import Engine

/// The oldest engine that something works with, by the version of its API.
package struct OldestEngine: Sendable {
  let version: APIVersion

  /// For work on what runs already.
  ///
  /// Locks and releases are configs, and the digests of registries came with them (1.30); that a name is taken already is
  /// a 409 of its own from 1.31 on, and a lock is a name that is taken.
  package static let manager = OldestEngine(version: APIVersion(major: 1, minor: 31))
  /// For what a stack file can say, and for the swarm that is to run it.
  ///
  /// An older engine has no jobs, by which `run` runs a command, and leaves out without a word what it does not know:
  /// `cap_drop` and `ulimits` (1.41), `max_replicas_per_node` (1.40).
  package static let stack = OldestEngine(version: APIVersion(major: 1, minor: 41))

  /// What to say to an engine with this version of the API, nil where it is new enough.
  func refusal(of version: APIVersion) -> OperationError? {
    guard version < self.version else { return nil }
    return OperationError(
      .failed, "the engine is too old: its API is \(version), and \(self.version) is needed",
      advice: "Upgrade it: Docker 20.10 (API 1.41) and newer have all that the commands use.")
  }
}

extension Manager {
  /// Refuses an engine that is too old; one that has not been asked anything yet has told no version, and passes.
  ///
  /// - Throws: `failed`.
  package func require(_ oldest: OldestEngine) throws(OperationError) {
    if let version = client.version, let refusal = oldest.refusal(of: version) { throw refusal }
  }
}
