import ArgumentParser
import Operations
import Scoring
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

      \(exitCodes("done"))
      """)
  static let ordinaryTimeout = Duration.seconds(600)

  @OptionGroup var operatorOptions: OperatorOptions<Down>
  @OptionGroup var stackOptions: StackOptions<Down>
  @OptionGroup var changeOptions: ChangeOptions
  @OptionGroup var volumeOptions: VolumeOptions

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
    // One of which only a part is left can be removed too.
    let stack = try await manager.stack(named: stackOptions.name, remains: true, before: context.deadline)
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
    let lost = volumes.isEmpty ? "" : ", and \(counted(volumes.count, "volume")) with all data"
    try await context.confirm("Remove the stack \(stack): \(contents.summary)\(lost)?", changeOptions.confirmOptions)
    let action = (["down --stack \(stack)"] + volumes.map { "--volume \($0)" }).joined(separator: " ")
    try await context.change(stack: stack, action: action, changeOptions) { () throws(OperationError) in
      var options = Removal.Options()
      options.volumes = volumes
      try await Removal(
        manager, of: contents, options: options, waiting: context.waiting, report: context.output.progress
      ).run()
    }
    context.output.tell("the stack \(stack) is gone", outcome)
  }

  /// The engine's names of the volumes that are to go, which may be given without the stack's.
  private func volumeNames(of stack: String, _ context: OperatorContext) async throws(OperationError) -> [String] {
    guard !volumeOptions.volume.isEmpty else { return [] }
    let present = try await context.manager.objects(.volumes, before: context.deadline).map(\.name)
    return try volumeOptions.volume.map { name throws(OperationError) in
      if let found = ["\(stack)_\(name)", name].first(where: present.contains) { return found }
      throw OperationError(
        .failed, "this engine has no volume \(name)", advice: Suggestion(for: name, among: present).text)
    }
  }
}
