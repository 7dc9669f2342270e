import ArgumentParser
import FoundationEssentials
import Operations

/// `vitals lock`: who is changing a stack at the moment.
struct LockCommand: OperatorCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock",
    abstract: "Show who is changing the stack at the moment.",
    discussion: """
      Commands that change a stack take its lock themselves and give it back. That of a command that was killed expires.

      EXAMPLES
        vitals lock
        vitals lock --release

      \(exitCodes("done, locked or not"))
      """)

  @OptionGroup var operatorOptions: OperatorOptions<LockCommand>
  @OptionGroup var stackOptions: StackOptions<LockCommand>

  @Flag(help: "Remove the lock, whoever holds it: only where that command is sure to be dead.")
  var release = false

  func perform(_ context: OperatorContext) async throws(OperationError) {
    struct Outcome: Encodable {
      var stack: String
      var locked: Bool
      var owner: String?
      var action: String?
      var since: String?
      var expires: String?
      var expired: Bool?
      var released: Bool
    }
    let (manager, deadline) = (context.manager, context.deadline)
    try await manager.check(before: deadline)
    // A stack that is being deployed for the first time has a lock and no services yet.
    let names = try await manager.stacks(before: deadline) + manager.lockedStacks(before: deadline)
    let stack = try Manager.stack(named: stackOptions.name, among: Set(names).sorted())
    let lock =
      release ? try await context.removeLock(of: stack) : try await manager.lock(of: stack, before: deadline)
    let isExpired = lock.map { $0.expires < Date() }
    let text =
      switch (lock, release) {
      case (nil, _): "\(stack) is not locked"
      case (let lock?, true): "removed the lock of \(stack): \(lock.description)"
      case (let lock?, false): "\(stack) \(isExpired == true ? "was locked" : "is locked"): \(lock.description)"
      }
    context.output.tell(
      text,
      Outcome(
        stack: stack, locked: lock != nil && !release, owner: lock?.owner, action: lock?.action,
        since: lock?.since.formatted(.iso8601), expires: lock?.expires.formatted(.iso8601), expired: isExpired,
        released: lock != nil && release))
  }
}
