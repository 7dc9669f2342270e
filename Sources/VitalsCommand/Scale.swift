import ArgumentParser
import EventLoop
import Operations
import Swarm

/// `vitals scale`: gives services another number of replicas.
struct Scale: RolloutCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give services another number of replicas, and wait until they run.",
    discussion: """
      All of it is checked before anything is changed: the names, the modes, the limit of replicas a node, and whether the \
      nodes have what the replicas reserve. The next deploy keeps the number, unless the stack file's has changed.

      EXAMPLES
        vitals scale web=5
        vitals scale web=5 celery=3
        vitals scale web=50 --dry-run

      \(exitCodes("done, or nothing to do", .ofRollouts))
      """)

  @OptionGroup var operatorOptions: OperatorOptions<Scale>
  @OptionGroup var stackOptions: StackOptions<Scale>
  @OptionGroup var changeOptions: ChangeOptions
  @OptionGroup var followOptions: FollowOptions

  @Argument(help: .init("The service and its number of replicas: web=5.", valueName: "service=replicas"))
  var requests: [String]

  func perform(_ context: OperatorContext) async throws(OperationError) {
    var parsed: [ScalePlan.Request] = []
    for request in requests { parsed.append(try ScalePlan.Request(request)) }
    let (manager, deadline) = (context.manager, context.deadline)
    try await manager.check(before: deadline)
    let stack = try await stackOptions.resolve(context)
    let services = try await manager.liveServices(of: stack, before: deadline)
    let plan = try ScalePlan(
      parsed, services: services, tasks: try await manager.tasks(before: deadline),
      nodes: try await manager.nodes(before: deadline))
    for service in plan.unchanged where context.output.format == .text {
      context.output.progress("\(service.service.shortName) has that many already")
    }
    for (service, _) in plan.changes where service.service.update?.state == .paused {
      // Any change makes the engine forget that it has stopped.
      try await context.confirm(
        "The update of \(service.service.shortName) is paused; scaling would let it go on.",
        changeOptions.confirmOptions)
    }
    let edits = plan.changes.map { service, replicas in
      ServiceEdit(
        service: service,
        changes: [
          PlannedChange(service.service.name, "replicas", from: "\(service.replicas)", to: "\(replicas)")
        ]
      ) { $0["Mode"]["Replicated"]["Replicas"] = .integer(Int64(replicas)) }
    }
    try await context.carryOut(
      edits, of: stack, action: (["scale"] + requests).joined(separator: " "), goal: .change, changeOptions,
      detach: followOptions.detach)
  }
}

extension LiveService {
  /// The number of replicas; 0 for what has none.
  fileprivate var replicas: Int {
    if case .replicated(let count) = service.mode { return count }
    return 0
  }
}
