import ArgumentParser
import EventLoop
import Operations
import Scoring
import Swarm

/// `vitals drain`: moves a node's tasks away, before somebody works on the node.
struct Drain: RolloutCommand {
  static let configuration = CommandConfiguration(
    abstract: "Move the tasks of a node to others, and wait until they run there.",
    discussion: """
      The node has no new tasks until vitals activate. Services that no other node may run stop; that has to be confirmed.

      EXAMPLES
        vitals drain worker-2
        vitals drain worker-2 --dry-run
        vitals drain worker-2 --detach

      \(exitCodes("done, or nothing to do", .ofRollouts))
      """)

  @OptionGroup var operatorOptions: OperatorOptions<Drain>
  @OptionGroup var confirmOptions: ConfirmOptions
  @OptionGroup var followOptions: FollowOptions

  @Argument(help: .init("The node: its host's name or its id.", valueName: "node"))
  var node: String

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let (manager, deadline) = (context.manager, context.deadline)
    try await manager.check(before: deadline)
    let node = try await manager.node(named: node, before: deadline)
    let plan = try await manager.drainPlan(node, before: deadline)
    for warning in plan.warnings { context.output.progress("warning: \(warning)") }
    if confirmOptions.dryRun { return context.tell(.drain, node, isDry: true, plan) }
    if node.availability == Availability.drain.rawValue {
      // It may have been begun by a command that has not waited.
      try await context.drain(node, plan, isFollowed: !followOptions.detach)
    } else {
      if !plan.stranded.isEmpty {
        let names = plan.stranded.map(\.service.name).joined(separator: ", ")
        try await context.confirm("\(names) will not run while \(node.hostname) is drained.", confirmOptions)
      }
      try await context.audited(action: "drain \(node.hostname)") { () throws(OperationError) in
        try await context.drain(node, plan, isFollowed: !followOptions.detach)
      }
    }
    context.tell(.drain, node, isDry: false, plan)
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

      \(exitCodes())
      """)

  @OptionGroup var operatorOptions: OperatorOptions<Activate>
  @OptionGroup var dryRunOptions: DryRunOptions

  @Argument(help: .init("The node: its host's name or its id.", valueName: "node"))
  var node: String

  func perform(_ context: OperatorContext) async throws(OperationError) {
    try await context.manager.check(before: context.deadline)
    let node = try await context.manager.node(named: node, before: context.deadline)
    if node.availability != Availability.active.rawValue, !dryRunOptions.dryRun {
      try await context.audited(action: "activate \(node.hostname)") { () throws(OperationError) in
        _ = try await context.manager.set(.active, of: node, before: context.deadline)
      }
    }
    context.tell(.active, node, isDry: dryRunOptions.dryRun)
  }
}

extension OperatorContext {
  /// Lets a node have no tasks, and waits until its services run elsewhere and its last container has ended.
  func drain(_ node: Node, _ plan: DrainPlan, isFollowed: Bool) async throws(OperationError) {
    let moving = plan.moving.map(\.service.name)
    let before = try await manager.observe(Set(moving), before: deadline)
    _ = try await manager.set(.drain, of: node, before: deadline)
    guard isFollowed else { return }
    try await follow(Rollout(of: moving, since: before, goal: .settle))
    try await waiting.untilNothing { () throws(OperationError) in
      // What a node that is down says of its tasks is old, and so it would stay.
      guard try await manager.node(named: node.id, before: deadline).isAlive else { return nil }
      let left = try await manager.tasks(before: deadline).count { DrainPlan.occupies($0, node) }
      return left == 0 ? nil : "\(counted(left, "task")) still on \(node.hostname)"
    }
  }

  /// Tells what became of a node, or would.
  fileprivate func tell(_ availability: Availability, _ node: Node, isDry: Bool, _ plan: DrainPlan? = nil) {
    struct Outcome: Encodable {
      var node: String
      var availability: String
      var changed: Bool
      var dryRun: Bool
      var moving: [String]
      var ending: [String]
      var stranded: [String]
      var warnings: [String]
    }
    let isChange = node.availability != availability.rawValue
    var text =
      switch (isChange, isDry) {
      case (false, _): "\(node.hostname) is \(availability.rawValue) already"
      case (true, true): "\(node.hostname) would change from \(node.availability) to \(availability.rawValue)"
      case (true, false): "\(node.hostname) changed from \(node.availability) to \(availability.rawValue)"
      }
    let lists = [
      ("to other nodes", plan.map { $0.moving + $0.unwell }), ("ending here", plan?.ending),
      ("with nowhere to run", plan?.stranded),
    ]
    for (what, services) in lists {
      guard let names = services?.map(\.service.name), !names.isEmpty else { continue }
      text += "\n\(what): \(names.joined(separator: ", "))"
    }
    output.tell(
      text,
      Outcome(
        node: node.hostname, availability: availability.rawValue, changed: isChange, dryRun: isDry,
        moving: plan.map { $0.moving + $0.unwell }?.map(\.service.name) ?? [],
        ending: plan?.ending.map(\.service.name) ?? [],
        stranded: plan?.stranded.map(\.service.name) ?? [], warnings: plan?.warnings ?? []))
  }
}
