import FoundationEssentials
import Operations

extension Deploy {
  /// Builds, deploys, waits, and writes down what was done; under the stack's lock.
  func carryOut(
    _ shown: DeployPlan, _ file: StackFile, _ built: [StackService], _ context: OperatorContext
  ) async throws(OperationError) -> DeployResult {
    for service in built { try await make(service, file, context) }
    let (plan, live) = try await propose(file, as: shown.stack, context)
    // What was built has new digests; what is to be removed somebody has agreed to.
    guard plan.changesTheSame(as: shown) || !built.isEmpty && plan.removed == shown.removed else {
      throw OperationError(
        .failed, "somebody has changed \(shown.stack) since the plan was made",
        advice: "Repeat this to see the new plan.")
    }
    if plan.isEmpty { return DeployResult(plan, outcome: "unchanged") }
    let names = Set(file.services.map { "\(plan.stack)_\($0.name)" })
    let before = try await context.manager.observe(names, before: context.deadline)
    try await deployStack(plan, file, context)
    if followOptions.detach { return DeployResult(plan, outcome: "detached") }
    // Docker sends every service anew, and the engine replaces tasks of those alone whose specification differs.
    let after = try await context.manager.liveStack(plan.stack, before: context.deadline)
    let changed = after.services.filter { name, service in
      plan.changed.contains { $0.name == name } || service.specification != live.services[name]?.specification
    }
    let rollout = Rollout(of: changed.keys.map { "\(plan.stack)_\($0)" }, since: before)
    try await context.follow(rollout)
    try await record(plan, file, since: live, context)
    return DeployResult(plan, outcome: "deployed")
  }

  /// Builds an image, and pushes it.
  private func make(_ service: StackService, _ file: StackFile, _ context: OperatorContext) async throws(OperationError)
  {
    guard let build = service.build, let image = service.image?.text else { return }
    let directory = build["context"]?.text ?? "."
    // A context may be a URL.
    let path = directory.contains("://") ? directory : file.path(directory)
    var arguments = ["build", "--tag", image]
    if let dockerfile = build["dockerfile"]?.text {
      arguments += ["--file", dockerfile.hasPrefix("/") ? dockerfile : "\(path)/\(dockerfile)"]
    }
    if let target = build["target"]?.text { arguments += ["--target", target] }
    for argument in build["args"]?.entries ?? [] {
      arguments += ["--build-arg", argument.value.text.map { "\(argument.key)=\($0)" } ?? argument.key]
    }
    context.output.progress("building \(image)")
    try await context.docker(arguments + [path])
    guard push else { return }
    context.output.progress("pushing \(image)")
    try await context.docker(["push", image])
  }

  private func deployStack(
    _ plan: DeployPlan, _ file: StackFile, _ context: OperatorContext
  ) async throws(OperationError) {
    let directory = try TemporaryDirectory(context.interruption)
    defer { directory.remove(context.interruption) }
    let bytes: [UInt8]
    do {
      bytes = try file.deployable(as: plan.stack, replicas: plan.replicas).bytes()
    } catch {
      throw OperationError(.failed, "the stack as a document: \(error)")
    }
    let path = try directory.write(bytes, to: "\(plan.stack).yml")
    var arguments = ["stack", "deploy", "--compose-file", path, "--resolve-image", resolveImage.rawValue]
    if prune { arguments.append("--prune") }
    if withRegistryAuth { arguments.append("--with-registry-auth") }
    try await context.docker(arguments + [plan.stack], isShielded: true)
  }

  /// Writes down what runs now, and removes what only older releases had.
  ///
  /// The record is written last: a deploy that ended before is done again by the next one.
  private func record(
    _ plan: DeployPlan, _ file: StackFile, since old: LiveStack, _ context: OperatorContext
  ) async throws(OperationError) {
    let manager = context.manager
    let live = try await manager.liveStack(plan.stack, before: context.deadline)
    let record = ReleaseRecord(
      number: plan.release, stack: plan.stack, time: Date(), user: context.owner,
      document: file.document(of: plan.stack), specifications: live.services.mapValues(\.specification))
    try await manager.create(.configs, try record.specification(), before: context.deadline)
    let records = ReleaseRecord.all(of: plan.stack, among: live.configs)
    var removed: [(kind: ObjectKind, object: NamedObject)] = file.leftovers(in: live)
    let surplus = Set(records.dropLast(ReleaseRecord.kept - 1).map(\.name))
    removed += live.configs.filter { surplus.contains($0.name) }.map { (.configs, $0) }
    for (kind, object) in removed {
      do throws(OperationError) {
        try await manager.remove(kind, object.id, before: context.deadline)
      } catch {
        // Somebody else's service may have begun to use it.
        context.output.progress("\(object.name) stays: \(error.message)")
      }
    }
  }
}
