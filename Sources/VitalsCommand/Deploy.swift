import ArgumentParser
import EventLoop
import FoundationEssentials
import Operations

/// `vitals deploy`: makes the swarm run what a stack file says.
struct Deploy: RolloutCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make the swarm run what a stack file says, and wait until it does.",
    discussion: """
      The file is looked over (vitals lint), what would change is shown, images of services with build: are built and \
      pushed, `docker stack deploy` is called, and all services are watched until they run. A line with ! warns of a service \
      that no ready node can take: for its constraints, or for what a task reserves.

      Where nothing has changed, nothing is touched. A number of replicas that somebody has set stays, unless the file has \
      another one than at the last deploy, or with --reset-scale. Configs and secrets from files get names with a hash of \
      their contents, so that a change of them reaches the services that use them.

      With --detach nothing is waited for, and the release is not recorded: the next deploy does it again.

      EXAMPLES
        vitals deploy --dry-run
        PILITO_IMAGE=registry.example.com/pilito:2 vitals deploy
        vitals deploy -c docker-compose.swarm.yml -c staging.yml --stack staging
        vitals deploy --prune --yes --format json

      \(exitCodes("done, or nothing to do", .ofRollouts))
      """)
  /// For builds; how long services are waited for follows from their own settings.
  static let ordinaryTimeout = Duration.seconds(3600)

  @OptionGroup var operatorOptions: OperatorOptions<Deploy>
  @OptionGroup var fileOptions: StackFileOptions
  @OptionGroup var changeOptions: ChangeOptions
  @OptionGroup var followOptions: FollowOptions

  @Flag(inversion: .prefixedNo, help: "Build the images of services with build:.")
  var build = true

  @Flag(inversion: .prefixedNo, help: "Push the images that were built.")
  var push = true

  @Flag(help: "Deploy although lint finds errors.")
  var noLint = false

  @Flag(help: "Hand the registry's password to the nodes.")
  var withRegistryAuth = false

  @Flag(help: "Remove the services that the file does not have.")
  var prune = false

  @Flag(help: "Set the file's numbers of replicas, also where somebody has set others.")
  var resetScale = false

  @Option(help: .init("When registries are asked for digests: always, changed or never.", valueName: "when"))
  var resolveImage = Resolution.always

  /// When Docker asks registries, in its own words.
  enum Resolution: String, ExpressibleByArgument {
    case always, changed, never
  }

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let file = try fileOptions.load()
    let stack = try fileOptions.name(of: file)
    if !noLint { try look(at: file, context) }
    try await context.manager.check(before: context.deadline)
    try context.manager.require(.stack)
    let built = build ? file.services.filter { $0.build != nil } : []
    let (plan, _) = try await propose(file, as: stack, context, unbuilt: Set(built.map(\.name)))
    let text = (plan.lines.map { context.paint($0) } + built.map { "* image \($0.image?.text ?? "") will be built" })
      .joined(separator: "\n")
    guard !plan.isEmpty || !built.isEmpty else {
      return context.output.tell("\(text)\nnothing to change in \(stack)", DeployResult(plan, outcome: "unchanged"))
    }
    if changeOptions.dryRun {
      return context.output.tell(text, DeployResult(plan, outcome: "planned"))
    }
    context.output.progress(text)
    if !plan.removed.isEmpty {
      try await context.confirm(
        "Remove \(plan.removed.joined(separator: ", ")) from \(stack)?", changeOptions.confirmOptions)
    }
    let began = Instant.now
    var result = try await context.change(stack: stack, action: action, changeOptions) {
      () async throws(OperationError) in
      try await carryOut(plan, file, built, context)
    }
    result.seconds = (Instant.now - began).roundedSeconds
    let sentence =
      switch result.outcome {
      case "unchanged": "nothing to change in \(stack)"
      case "detached": "\(stack) is on its way; see vitals status"
      default: "\(stack): release \(result.release) runs, after \(result.seconds ?? 0) s"
      }
    context.output.tell(sentence, result)
  }

  /// What goes into the audit log.
  private var action: String {
    let flags = [
      (prune, "--prune"), (resetScale, "--reset-scale"), (noLint, "--no-lint"), (followOptions.detach, "--detach"),
      (!build, "--no-build"), (!push, "--no-push"),
    ].filter(\.0).map(\.1)
    return (["deploy"] + fileOptions.files.flatMap { ["-c", $0] } + flags).joined(separator: " ")
  }

  /// Stops at what can only go wrong.
  private func look(at file: StackFile, _ context: OperatorContext) throws(OperationError) {
    let lint = Lint(file)
    let errors = lint.findings.filter { $0.severity == .error }
    guard errors.isEmpty else {
      throw OperationError(
        .failed, errors.map { "\($0.line)\n    \($0.advice)" }.joined(separator: "\n"),
        advice: "Mend the file, or deploy it all the same with --no-lint.")
    }
    if lint.count(.warning) > 0 { context.output.progress("\(lint.summary): see vitals lint") }
  }

  /// What the deploy would change, as the swarm is at present.
  ///
  /// - Parameter unbuilt: the services whose images are still to be built: what registries have of them does not count.
  func propose(
    _ file: StackFile, as stack: String, _ context: OperatorContext, unbuilt: Set<String> = []
  ) async throws(OperationError) -> (DeployPlan, LiveStack) {
    let live = try await context.manager.liveStack(stack, before: context.deadline)
    if let obstacle = file.obstacle(in: live) { throw obstacle }
    var options = DeployPlan.Options()
    options.prune = prune
    options.resetScale = resetScale
    options.nodes = try await context.manager.nodes(before: context.deadline)
    // Otherwise Docker asks where the name is another one, and leaves the digest that it knows.
    if resolveImage == .always { options.digests = try await digests(of: file, live, context, unbuilt) }
    return (DeployPlan(file, live: live, options), live)
  }

  /// The digests that registries have at present for the images of services whose digest is pinned.
  private func digests(
    of file: StackFile, _ live: LiveStack, _ context: OperatorContext, _ unbuilt: Set<String>
  ) async throws(OperationError) -> [String: String] {
    let pinned = file.services.filter { service in
      !unbuilt.contains(service.name) && live.services[service.name]?.image.contains("@") ?? false
    }
    var resolver = DigestResolver(context)
    var digests: [String: String] = [:]
    for text in Set(pinned.compactMap { $0.image?.text }).sorted() {
      let image = ImageReference(text)
      if image.digest == nil { digests[text] = try await resolver.digest(of: image) }
    }
    return digests
  }
}

/// What a deploy has done, or would do.
struct DeployResult: Encodable {
  var stack: String
  var release: Int
  /// `unchanged`, `planned`, `deployed` or `detached`.
  var outcome: String
  var plan: DeployPlan
  var seconds: Double?

  init(_ plan: DeployPlan, outcome: String) {
    stack = plan.stack
    release = outcome == "unchanged" ? plan.release - 1 : plan.release
    self.outcome = outcome
    self.plan = plan
  }
}

extension OperatorContext {
  /// A line of a plan, in colour where there is colour.
  fileprivate func paint(_ line: DeployPlan.Line) -> String {
    let text = line.mark == " " ? line.text : "\(line.mark) \(line.text)"
    switch line.mark {
    case "+": return output.paint(text, .good)
    case "~", "?", "!": return output.paint(text, .warn)
    case "-": return output.paint(text, .bad)
    case "=": return output.paint(text, .faint)
    default: return text
    }
  }
}
