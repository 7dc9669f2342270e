import ArgumentParser
import Operations
import Swarm

/// `vitals down`: removes a stack, and waits until it is gone.
struct Down: OperatorCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove a stack, and wait until nothing of it is left.",
    discussion: """
      Removes the stack's services, waits until their containers have ended, then removes its networks, configs and \
      secrets. What the stack file calls external stays, and so does every volume that is not named. Afterwards the stack \
      can be deployed again at once.

      EXAMPLES
        vitals down --dry-run
        vitals down --stack pilito --yes
        vitals down --volume pilito_redis_data

      EXIT CODES
        0 done, 1 failed, 4 something of it did not end in time: repeat it, 5 no manager or no quorum, 64 not confirmed.
      """)
  static let ordinaryTimeout = Duration.seconds(300)

  @OptionGroup var operatorOptions: OperatorOptions
  @OptionGroup var stackOptions: StackOptions
  @OptionGroup var changeOptions: ChangeOptions

  @Option(help: .init("A volume of this engine to remove with all that is in it. (repeatable)", valueName: "name"))
  var volume: [String] = []

  private struct Outcome: Encodable {
    var stack: String
    var dryRun: Bool
    var services: [String]
    var networks: [String]
    var configs: [String]
    var secrets: [String]
    var volumes: [String]
  }

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let manager = context.manager
    try await manager.check(before: context.deadline)
    let stack = try await resolveStack(context)
    let contents = try await manager.contents(of: stack, before: context.deadline)
    let volumes = try await volumeNames(of: stack, context)
    let outcome = Outcome(
      stack: stack, dryRun: changeOptions.dryRun, services: contents.services.map(\.name),
      networks: contents.networks.map(\.name), configs: contents.configs.map(\.name),
      secrets: contents.secrets.map(\.name), volumes: volumes)
    let plan = [
      ("service", outcome.services), ("network", outcome.networks), ("config", outcome.configs),
      ("secret", outcome.secrets), ("volume", outcome.volumes),
    ].flatMap { kind, names in names.map { "  \(kind) \($0)" } }
    if changeOptions.dryRun {
      return context.output.tell("would remove:\n" + plan.joined(separator: "\n"), outcome)
    }
    context.output.progress(plan.joined(separator: "\n"))
    let lost = volumes.isEmpty ? "" : ", and \(volumes.count) volumes with their data"
    try context.confirm("Remove the stack \(stack): \(contents.summary)\(lost)?", changeOptions)
    let action = (["down --stack \(stack)"] + volumes.map { "--volume \($0)" }).joined(separator: " ")
    try await context.change(stack: stack, action: action, changeOptions) { () throws(OperationError) in
      var options = Removal.Options()
      options.volumes = volumes
      try await Removal(
        manager, of: contents, options: options, pause: context.pause, report: context.output.progress
      ).run(before: context.deadline)
    }
    context.output.tell("the stack \(stack) is gone", outcome)
  }

  /// The stack that is named, or the only one there is; also one of which only a part is left.
  private func resolveStack(_ context: OperatorContext) async throws(OperationError) -> String {
    let stacks = try await context.manager.stacks(before: context.deadline)
    guard let name = stackOptions.name else {
      if let only = stacks.first, stacks.count == 1 { return only }
      guard !stacks.isEmpty else { throw OperationError(.failed, "there is no stack in this swarm") }
      throw OperationError(
        .usage, "there are several stacks", advice: "Name one with --stack: \(stacks.joined(separator: ", ")).")
    }
    guard stacks.contains(name) else {
      throw OperationError(.failed, "there is no stack \(name)", advice: Suggestion(for: name, among: stacks).text)
    }
    return name
  }

  /// The engine's names of the volumes that are to go, which may be given without the stack's.
  private func volumeNames(of stack: String, _ context: OperatorContext) async throws(OperationError) -> [String] {
    guard !volume.isEmpty else { return [] }
    let present = try await context.manager.objects(.volumes, before: context.deadline).map(\.name)
    return try volume.map { name throws(OperationError) in
      if let found = [name, "\(stack)_\(name)"].first(where: present.contains) { return found }
      throw OperationError(
        .failed, "this engine has no volume \(name)", advice: Suggestion(for: name, among: present).text)
    }
  }
}
