import ArgumentParser
import Operations

/// The flags of commands that change something.
struct ChangeOptions: ParsableArguments, Sendable {
  @Flag(help: "Tell what would be done, and do nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Answer yes to every question.")
  var yes = false

  @Flag(help: "Remove the lock that another command holds, where that is sure to be dead.")
  var forceUnlock = false
}

/// The stack that a command is about.
struct StackOptions: ParsableArguments, Sendable {
  @Option(help: .init("The stack. (VITALS_STACK) (default: the only one that there is)", valueName: "name"))
  var stack: String?

  /// The name that was given, by flag or variable.
  var name: String? { stack ?? environment()["VITALS_STACK"].flatMap { $0.isEmpty ? nil : $0 } }

  /// The stack, which has to exist.
  func resolve(_ context: OperatorContext) async throws(OperationError) -> String {
    try await context.manager.stack(named: name, before: context.deadline)
  }
}
