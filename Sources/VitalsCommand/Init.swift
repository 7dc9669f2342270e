import ArgumentParser
import FoundationEssentials
import Glibc
import Operations
import Swarm

/// `vitals init`: prepares a swarm for the stack.
struct Init: OperatorCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prepare a swarm for the stack: the swarm itself, networks, node labels and secrets.",
    discussion: """
      What is there already stays as it is, so this can be repeated. Secrets that the stack file calls external and \
      nobody gives are generated: 32 letters, digits, - and _. Nobody can read them afterwards, and none is ever shown.

      A line break at the end of a file of one line is not part of the secret.

      EXAMPLES
        vitals init --dry-run
        vitals init --advertise-addr 10.0.0.5
        vitals init --secret django_secret_key=key.txt --secret sentry_dsn=-
        vitals init --label worker-2:pilito.storage=true --encrypt-network
        vitals init --show-tokens --format json

      \(exitCodes())
      """)

  @OptionGroup var operatorOptions: OperatorOptions<Init>
  @OptionGroup var fileOptions: StackFileOptions
  @OptionGroup var dryRunOptions: DryRunOptions

  @Option(
    help: .init(
      "Address at which other nodes reach this one; has to be given where the machine has several.",
      valueName: "address"))
  var advertiseAddr: String?

  @Option(
    help: .init("A secret's value, from a file or, with -, from standard input; repeatable.", valueName: "name=file"))
  var secret: [String] = []

  @Option(help: .init("A label that a node is to have; repeatable.", valueName: "node:key=value"))
  var label: [String] = []

  @Flag(
    help: "Make the stack's networks, encrypted between the nodes (IPsec), before the deployment makes them without.")
  var encryptNetwork = false

  @Flag(
    help: "Show the commands by which other machines join, with their tokens, also where nobody looks at a terminal.")
  var showTokens = false

  private struct Outcome: Encodable {
    var dryRun: Bool
    var changed: Bool
    var preflight: [Finding]
    var steps: [Initialization.Step]
    var join: JoinCommands?
  }

  func perform(_ context: OperatorContext) async throws(OperationError) {
    // All that can be wrong with flags and files, before the engine is asked.
    var options = Initialization.Options()
    options.labels = try label.map { text throws(OperationError) in try Initialization.Label(text) }
    options.isDry = dryRunOptions.dryRun
    let needs = try needs(context)
    options.secrets = try await SecretInput.read(secret, awaitInput: context.awaitInput)

    let engine = try await context.manager.facts(before: context.deadline)
    let machine = EngineMachine(of: context.host)?.facts(dataRoot: engine.dataRoot)
    let findings = Preflight(engine: engine, machine: machine, subnets: needs.subnets, now: Date()).findings
    try tell(findings, context)
    options.advertiseAddress = try address(engine, machine)

    // The steps are told as they happen, and again in the one object of JSON.
    let steps = Steps()
    let initialization = Initialization(context.manager, engine: engine, needs: needs, options: options) { step in
      steps.all.append(step)
      if context.output.format == .text { print(text(step, context.output)) }
    }
    // Before anything is written down: who is refused here has changed nothing.
    try await initialization.check(before: context.deadline)
    if dryRunOptions.dryRun {
      try await initialization.run(before: context.deadline)
    } else {
      try await context.audited(action: "init") { () throws(OperationError) in
        try await initialization.run(before: context.deadline)
      }
    }
    let changed = steps.all.contains { $0.outcome == .done }
    let shows = showTokens || context.output.format == .text && isatty(STDOUT_FILENO) == 1
    let join = shows && !dryRunOptions.dryRun ? try await context.manager.joinCommands(before: context.deadline) : nil
    context.output.tell(
      ending(changed, join),
      Outcome(dryRun: dryRunOptions.dryRun, changed: changed, preflight: findings, steps: steps.all, join: join))
  }

  /// What the stack file takes for granted; without a file, nothing.
  private func needs(_ context: OperatorContext) throws(OperationError) -> StackNeeds {
    let isNamed = !fileOptions.files.isEmpty || variable("VITALS_STACK_FILE") != nil
    guard isNamed || access(StackFileOptions.standard, F_OK) == 0 else {
      guard !encryptNetwork else { throw OperationError(.usage, "--encrypt-network: there is no stack file") }
      context.output.progress("no stack file here (\(StackFileOptions.standard)): only the swarm is prepared")
      return StackNeeds()
    }
    let file = try fileOptions.load()
    return try StackNeeds(file, encryptingNetworksOf: encryptNetwork ? try fileOptions.name(of: file) : nil)
  }

  private final class Steps {
    var all: [Initialization.Step] = []
  }

  /// - Throws: `failed` where there is a problem, with all of them.
  private func tell(_ findings: [Finding], _ context: OperatorContext) throws(OperationError) {
    let problems = findings.filter { $0.level == .problem }
    guard problems.isEmpty else {
      throw OperationError(
        .failed, problems.map(\.text).joined(separator: "\n"),
        advice: problems.compactMap(\.advice).joined(separator: "\n"))
    }
    guard context.output.format == .text else { return }
    for finding in findings {
      let mark = finding.level == .ok ? context.output.paint("ok", .good) : context.output.paint("warning", .warn)
      print("\(mark): \(finding.text)\(finding.advice.map { "\n  \($0)" } ?? "")")
    }
  }

  /// The address that was given, or the machine's only one; nil leaves the choice to the engine.
  ///
  /// - Throws: `usage` where there are several or none to choose from.
  private func address(_ engine: EngineFacts, _ machine: MachineFacts?) throws(OperationError) -> String? {
    if let advertiseAddr {
      guard !advertiseAddr.isEmpty, !advertiseAddr.contains(where: \.isWhitespace) else {
        throw OperationError(.usage, "--advertise-addr: \(advertiseAddr.isEmpty ? "it is empty" : advertiseAddr)")
      }
      return advertiseAddr
    }
    guard engine.swarm == .inactive, let machine else { return nil }
    let candidates = machine.addresses.map { "\(Subnet.text($0.address)) (\($0.device))" }
    switch candidates.count {
    case 1: return Subnet.text(machine.addresses[0].address)
    case 0:
      throw OperationError(
        .usage, "this machine has no address at which other nodes could reach it",
        advice: "Give it one, or choose: --advertise-addr 127.0.0.1 makes a swarm of one node.")
    default:
      throw OperationError(
        .usage, "this machine has several addresses: \(candidates.joined(separator: ", "))",
        advice: "Choose the one at which other nodes reach it: --advertise-addr ADDRESS.")
    }
  }

  private func text(_ step: Initialization.Step, _ output: CommandOutput) -> String {
    let outcome =
      switch step.outcome {
      case .done: output.paint("done", .good)
      case .present: output.paint("already there", .faint)
      case .planned: output.paint("would do", .warn)
      case .removed: output.paint("removed", .warn)
      }
    let what = [step.kind, step.name].filter { !$0.isEmpty }.joined(separator: " ")
    return "\(outcome): \(what)\(step.detail.isEmpty ? "" : " (\(step.detail))")"
  }

  private func ending(_ changed: Bool, _ join: JoinCommands?) -> String {
    var lines: [String] = []
    if dryRunOptions.dryRun {
      lines.append("nothing was changed (--dry-run)")
    } else {
      lines.append(changed ? "the swarm is ready: vitals deploy" : "nothing to change: the swarm was ready")
    }
    if let join {
      lines += [
        "", "To add a manager (have 3 or 5), run there:", "  \(join.manager)", "To add a worker:", "  \(join.worker)",
      ]
    }
    return lines.joined(separator: "\n")
  }
}
