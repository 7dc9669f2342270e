import Engine
package import EventLoop
package import FoundationEssentials

/// Who may change a stack at the moment: a config of the swarm, as a name can be taken only once.
///
/// It expires, so that a command that was killed does not lock a stack for ever.
package struct Lock: Equatable, Sendable, Codable {
  package var stack: String
  /// `user@host`.
  package var owner: String
  /// The command: `deploy`.
  package var action: String
  package var since: Date
  package var expires: Date

  package init(stack: String, owner: String, action: String, since: Date, expires: Date) {
    self.stack = stack
    self.owner = owner
    self.action = action
    self.since = since
    self.expires = expires
  }

  package static func name(of stack: String) -> String { "vitals-lock-\(stack)" }

  package var description: String {
    "\(action) by \(owner) since \(since.formatted(.iso8601)), until \(expires.formatted(.iso8601)) at the latest"
  }

  private enum Label {
    static let owner = "vitals.lock.owner"
    static let action = "vitals.lock.action"
    static let since = "vitals.lock.since"
    static let expires = "vitals.lock.expires"
  }

  /// Reads a lock from the config that holds it, nil where the config is something else.
  init?(_ config: NamedObject, stack: String) {
    func date(_ label: String) -> Date? { config.labels[label].flatMap { try? Date($0, strategy: .iso8601) } }
    guard let owner = config.labels[Label.owner], let action = config.labels[Label.action],
      let since = date(Label.since), let expires = date(Label.expires)
    else { return nil }
    self.init(stack: stack, owner: owner, action: action, since: since, expires: expires)
  }

  var specification: JSONValue {
    .object([
      "Name": .string(Lock.name(of: stack)),
      "Labels": .object([
        Label.owner: .string(owner), Label.action: .string(action),
        Label.since: .string(since.formatted(.iso8601)), Label.expires: .string(expires.formatted(.iso8601)),
      ]),
      // A config has to have contents.
      "Data": .string("bG9jaw=="),
    ])
  }
}

extension Manager {
  /// The lock of a stack, also one that has expired; nil where nobody holds it.
  package func lock(of stack: String, before deadline: Instant) async throws(OperationError) -> Lock? {
    try await lockConfig(of: stack, before: deadline).flatMap { Lock($0, stack: stack) }
  }

  /// The names of the stacks that have a lock, also one that has expired.
  package func lockedStacks(before deadline: Instant) async throws(OperationError) -> [String] {
    let prefix = Lock.name(of: "")
    return try await objects(.configs, before: deadline).map(\.name).filter { $0.hasPrefix(prefix) }
      .map { String($0.dropFirst(prefix.count)) }
  }

  /// Takes the lock of a stack; one that has expired is taken over.
  ///
  /// - Returns: what `release` takes.
  /// - Throws: `failed` where somebody else holds it, with who and until when.
  package func take(_ lock: Lock, before deadline: Instant) async throws(OperationError) -> String {
    var isSecondAttempt = false
    while true {
      do throws(EngineError) {
        let answer = try await postOnce("/configs/create", content: lock.specification, before: deadline)
        return answer["ID"].text ?? ""
      } catch {
        guard case .status(409, _) = error.reason else { throw OperationError(error) }
      }
      guard let config = try await lockConfig(of: lock.stack, before: deadline) else {
        // It was released just now.
        if isSecondAttempt { throw OperationError(.failed, "the lock of \(lock.stack) changes hands: try again") }
        isSecondAttempt = true
        continue
      }
      let held = Lock(config, stack: lock.stack)
      guard !isSecondAttempt, held.map({ $0.expires < lock.since }) ?? false else {
        throw OperationError(
          .failed, "\(lock.stack) is locked: \(held?.description ?? "by something that says nothing of itself")",
          advice: "Wait for it; where it is sure to be dead, repeat this with --force-unlock.")
      }
      try await remove(.configs, config.id, before: deadline)
      isSecondAttempt = true
    }
  }

  /// Gives back what `take` has returned.
  package func release(_ lock: String, before deadline: Instant) async throws(OperationError) {
    try await remove(.configs, lock, before: deadline)
  }

  /// Removes the lock of a stack, whoever holds it.
  ///
  /// - Returns: what it was, nil where there was none.
  @discardableResult
  package func forceUnlock(_ stack: String, before deadline: Instant) async throws(OperationError) -> Lock? {
    guard let config = try await lockConfig(of: stack, before: deadline) else { return nil }
    try await remove(.configs, config.id, before: deadline)
    return Lock(config, stack: stack)
  }

  private func lockConfig(of stack: String, before deadline: Instant) async throws(OperationError) -> NamedObject? {
    try await objects(.configs, before: deadline).first { $0.name == Lock.name(of: stack) }
  }
}
