import ArgumentParser
import Operations
import Swarm

/// `vitals leave`: takes an engine out of its swarm.
struct Leave: OperatorCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take this engine out of its swarm, and wait until it is out.",
    discussion: """
      A manager moves its tasks to other nodes, becomes a worker and leaves; that is refused where the managers that are left \
      would have no quorum. Afterwards the node is listed as down until a manager removes it (docker node rm).

      EXAMPLES
        vitals leave --dry-run
        vitals leave --yes
        vitals leave --force --yes

      \(exitCodes("done, or in no swarm"))
      """)
  static let ordinaryTimeout = Duration.seconds(600)

  @OptionGroup var operatorOptions: OperatorOptions<Leave>
  @OptionGroup var confirmOptions: ConfirmOptions

  @Flag(help: "Leave also where services, secrets or the quorum are lost by it; it is told what.")
  var force = false

  private struct Outcome: Encodable {
    var node: String
    var changed: Bool
    var dryRun: Bool
    var plan: String
  }

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let departure = try await Departure(context.manager, isForced: force, before: context.deadline)
    let node = departure.engine.name
    var drain: (node: Node, plan: DrainPlan)?
    if case .manager = departure.plan {
      let node = try await context.manager.node(named: departure.engine.nodeID, before: context.deadline)
      drain = (node, try await context.manager.drainPlan(node, before: context.deadline))
    }
    let stranded = drain?.plan.stranded.map(\.service.name) ?? []
    let plan =
      text(departure)
      + (stranded.isEmpty ? "" : "; \(stranded.joined(separator: ", ")) will not run: no other node may run it")
    if departure.plan == .nothing || confirmOptions.dryRun {
      let isNothing = departure.plan == .nothing
      return context.output.tell(
        isNothing ? plan : "would do: \(plan)",
        Outcome(node: node, changed: false, dryRun: confirmOptions.dryRun, plan: plan))
    }
    try await context.confirm("\(plan). Go on?", confirmOptions)
    try await context.audited(action: "leave\(force ? " --force" : "")") { () throws(OperationError) in
      if let drain { try await context.drain(drain.node, drain.plan, isFollowed: true) }
      try await departure.run(context.waiting, report: context.output.progress)
    }
    let rest =
      if case .forced = departure.plan { "" } else { "\nOn a manager, take it from the list: docker node rm \(node)" }
    context.output.tell(
      "\(node) has left the swarm\(rest)", Outcome(node: node, changed: true, dryRun: false, plan: plan))
  }

  private func text(_ departure: Departure) -> String {
    let node = departure.engine.name
    switch departure.plan {
    case .nothing: return "\(node) is in no swarm"
    case .worker:
      return
        "\(node), a worker, leaves the swarm and ends its tasks (to move them first: vitals drain \(node), on a manager)"
    case .manager(let left):
      let margin = left.margin == 0 ? ": none of them may fail then" : ""
      return "\(node) moves its tasks away, is demoted and leaves; \(left.managers) managers remain\(margin)"
    case .forced(let loss): return "\(node) leaves by force: \(loss)"
    }
  }
}
