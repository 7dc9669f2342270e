import ArgumentParser
import Operations
import Swarm

/// `vitals drain`: moves a node's tasks away, before somebody works on the node.
struct Drain: OperatorCommand {
  static let configuration = CommandConfiguration(
    abstract: "Move the tasks of a node to others, and let it have no new ones.",
    discussion: """
      EXAMPLES
        vitals drain worker-2
        vitals drain worker-2 --dry-run
      """)

  @OptionGroup var operatorOptions: OperatorOptions

  @Flag(help: "Tell what would be done.")
  var dryRun = false

  @Argument(help: .init("The node: its host's name or its id.", valueName: "node"))
  var node: String

  func perform(_ context: OperatorContext) async throws(OperationError) {
    try await setAvailability(.drain, of: node, isDry: dryRun, context)
  }
}

/// `vitals activate`: lets a node have tasks again.
struct Activate: OperatorCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let a node have tasks again.",
    discussion: """
      Tasks that run elsewhere stay there until they are replaced.

      EXAMPLES
        vitals activate worker-2
      """)

  @OptionGroup var operatorOptions: OperatorOptions

  @Flag(help: "Tell what would be done.")
  var dryRun = false

  @Argument(help: .init("The node: its host's name or its id.", valueName: "node"))
  var node: String

  func perform(_ context: OperatorContext) async throws(OperationError) {
    try await setAvailability(.active, of: node, isDry: dryRun, context)
  }
}

private func setAvailability(
  _ availability: Availability, of name: String, isDry: Bool, _ context: OperatorContext
) async throws(OperationError) {
  struct Outcome: Encodable {
    var node: String
    var availability: String
    var changed: Bool
    var dryRun: Bool
  }
  try await context.manager.check(before: context.deadline)
  let node = try await context.manager.node(named: name, before: context.deadline)
  let isChange = node.availability != availability.rawValue
  if isChange, !isDry { _ = try await context.manager.set(availability, of: node, before: context.deadline) }
  let text =
    switch (isChange, isDry) {
    case (false, _): "\(node.hostname) is \(availability.rawValue) already"
    case (true, true): "\(node.hostname) would change from \(node.availability) to \(availability.rawValue)"
    case (true, false): "\(node.hostname) changed from \(node.availability) to \(availability.rawValue)"
    }
  context.output.tell(
    text, Outcome(node: node.hostname, availability: availability.rawValue, changed: isChange, dryRun: isDry))
}
