import ArgumentParser
import EventLoop
import Operations
import Scoring
import Swarm

/// `vitals rollback`: goes back to what services were before their last change.
struct Rollback: RolloutCommand {
  static let configuration = CommandConfiguration(
    abstract: "Go back to what services were before their last change, and wait until they run.",
    discussion: """
      The engine keeps one previous specification a service: after a scale it is the same image with the old number. A second \
      rollback undoes the first. What would change is shown before.

      EXAMPLES
        vitals rollback web
        vitals rollback --all --dry-run
        vitals rollback --all --yes

      \(exitCodes("done, or nothing to do", .ofRollouts))
      """)

  @OptionGroup var operatorOptions: OperatorOptions<Rollback>
  @OptionGroup var stackOptions: StackOptions<Rollback>
  @OptionGroup var changeOptions: ChangeOptions
  @OptionGroup var followOptions: FollowOptions

  @Flag(help: "All services of the stack that have a previous specification.")
  var all = false

  @Argument(help: .init("The services, with or without the stack's name.", valueName: "service"))
  var services: [String] = []

  func perform(_ context: OperatorContext) async throws(OperationError) {
    guard all != !services.isEmpty else {
      throw OperationError(.usage, "name the services that are to go back, or use --all")
    }
    try await context.manager.check(before: context.deadline)
    let stack = try await stackOptions.resolve(context)
    let present = try await context.manager.liveServices(of: stack, before: context.deadline)
    let chosen = try context.services(services, among: present)
    let without = chosen.filter { $0.previous == .null }.map(\.service.shortName)
    if !without.isEmpty {
      let names = without.joined(separator: ", ")
      guard all, without.count < chosen.count else {
        throw OperationError(
          .failed, "no previous version to go back to: \(names)",
          advice:
            "The engine keeps one only after a change, and none after an automatic rollback: deploy what you want.")
      }
      context.output.progress("left as it is, without a previous version: \(names)")
    }
    var edits: [ServiceEdit] = []
    for service in chosen where service.previous != .null {
      let changes = PlannedChange.between(service.specification, service.previous, of: service.service.name)
      if changes.isEmpty {
        context.output.progress("\(service.service.shortName): its previous version is the same as the present one")
      } else {
        edits.append(ServiceEdit(service: service, changes: changes, isRollback: true))
      }
    }
    let action = (["rollback"] + (all ? ["--all"] : services)).joined(separator: " ")
    try await context.carryOut(
      edits, of: stack, action: action, goal: .rollback, changeOptions, detach: followOptions.detach,
      question: all ? "Roll back \(counted(edits.count, "service")) of \(stack)?" : nil)
  }
}
