import ArgumentParser
import Operations

/// The flag of every command that changes something.
struct DryRunOptions: ParsableArguments, Sendable {
  @Flag(help: "Tell what would be done, and do nothing.")
  var dryRun = false
}

/// The flags of commands by which something may be lost.
struct ConfirmOptions: ParsableArguments, Sendable {
  @OptionGroup var dryRunOptions: DryRunOptions

  @Flag(name: .shortAndLong, help: "Answer yes to every question.")
  var yes = false

  var dryRun: Bool { dryRunOptions.dryRun }
}

/// The flags of commands that change a stack, of which one at a time may run.
struct ChangeOptions: ParsableArguments, Sendable {
  @OptionGroup var confirmOptions: ConfirmOptions

  @Flag(help: "Remove the lock that another command holds, where that is sure to be dead.")
  var forceUnlock = false

  var dryRun: Bool { confirmOptions.dryRun }
}

/// Whether a command waits until services have arrived.
struct FollowOptions: ParsableArguments, Sendable {
  @Flag(help: "Do not wait until the services have arrived.")
  var detach = false
}

/// The volumes that go with what a command removes.
struct VolumeOptions: ParsableArguments, Sendable {
  @Option(help: .init("A volume of the engine to remove with all that is in it; repeatable.", valueName: "name"))
  var volume: [String] = []
}

/// The stack that a command is about.
struct StackOptions<Command: OperatorCommand>: ParsableArguments, Sendable {
  @Option(help: .init("The stack. (VITALS_STACK) (default: \(Command.stackText))", valueName: "name"))
  var stack: String?

  /// The name that was given, by flag or variable.
  var name: String? { stack ?? variable("VITALS_STACK") }

  /// The stack, which has to exist.
  func resolve(_ context: OperatorContext) async throws(OperationError) -> String {
    try await context.manager.stack(named: name, before: context.deadline)
  }
}
