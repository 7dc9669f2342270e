import ArgumentParser
import FoundationEssentials
import Operations
import Vitals

/// `vitals backup`: the data of a stack in one file.
struct Backup: EngineCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a stack's databases, its Redis and its swarm objects to one file.",
    discussion: """
      PostgreSQL is dumped by its own pg_dump, each database consistent in itself, and Redis writes its own snapshot; both run \
      on. Of secrets there are the names only, and of roles no passwords; but data, configs and variables of services are in \
      the file, which only its owner may read.

      \(storesText)

      The file is STACK-TIME.tar.gz (UTC), with STACK-TIME.tar.gz.sha256 beside it. It gets its name when it is complete.
      --keep and --keep-days remove older ones of the same stack with the same parts, never the newest, and nothing that is \
      no backup.

      EXAMPLES
        vitals backup --output /var/backups/pilito --keep 14
        vitals backup --only postgres --dry-run
        vitals backup --format json
        ssh -NL $HOME/worker-2.sock:/var/run/docker.sock worker-2 &
        vitals backup --engine unix://$HOME/worker-2.sock

      \(exitCodes("done"))
      """)
  static let ordinaryTimeout = Duration.seconds(3600)
  static let engineText = "The engine of another node, for stores that run there"
  /// How stores on other nodes are reached.
  static let storesText = """
    PostgreSQL and Redis may run on other nodes than the manager that is asked: --engine names the engines of those, workers \
    or not, best by sockets that ssh forwards, so that no engine has to listen on a port.
    """

  @OptionGroup var operatorOptions: OperatorOptions<Backup>
  @OptionGroup var stackOptions: StackOptions<Backup>
  @OptionGroup var engineOptions: EngineOptions<Backup>
  @OptionGroup var dryRunOptions: DryRunOptions

  @Option(help: .init("The directory to write to.", valueName: "directory"))
  var output = "."

  @Option(help: .init("Keep this many backups of the stack, the newest ones.", valueName: "number"))
  var keep: Int?

  @Option(help: .init("Keep the backups of this many days.", valueName: "days"))
  var keepDays: Int?

  @Option(help: .init("Some of postgres, redis, swarm. (default: all that the stack has)", valueName: "parts"))
  var only: String?

  struct Outcome: Encodable {
    struct Entry: Encodable {
      var name: String
      var size: Int64
      var sha256: String
    }
    var stack: String
    var path: String?
    var size: Int64?
    var sha256: String?
    var entries: [Entry]
    var removed: [String]
    var leftAlone: [String]
    var dryRun: Bool
  }

  func validate() throws {
    for (name, value) in [("--keep", keep), ("--keep-days", keepDays)] {
      if let value, value < 1 { throw ValidationError("\(name) takes a number from 1 on") }
    }
  }

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let parts = try only.map { list throws(OperationError) in try BackupPart.parse(list) } ?? Set(BackupPart.allCases)
    try await context.manager.check(before: context.deadline)
    let stack = try await stackOptions.resolve(context)
    if let lock = try await context.manager.lock(of: stack, before: context.deadline), lock.action == "restore",
      lock.expires > Date()
    {
      throw OperationError(.failed, "\(stack) is being restored: \(lock.description)", advice: "Wait for its end.")
    }
    let stores = try await context.manager.stores(
      of: stack, parts, isStrict: only != nil, on: try engineOptions.engines(context), before: context.deadline)
    let source = BackupSource(context: context, stack: stack, parts: parts, stores: stores)
    if dryRunOptions.dryRun { return try await tellPlan(source) }

    let writer = try BackupWriter(in: output, stack: stack, version: Version.current, time: Date(), on: context.loop)
    context.interruption.cleanUp = { writer.discard() }
    let written: BackupWriter.Written
    do throws(OperationError) {
      // Ctrl-C has to end what the servers have begun, too.
      try await context.interruption.shielded { () throws(OperationError) in try await source.fill(writer) }
      let total = writer.manifest.entries.reduce(0) { $0 + $1.size }
      let progress = TransferProgress("archive", of: total, context.output)
      written = try await writer.finish { count throws(OperationError) in
        progress.update(count)
        await Task.yield()
      }
      progress.finish()
    } catch {
      writer.discard()
      throw error
    }
    context.interruption.cleanUp = {}
    let (removed, leftAlone) = try applyRetention(stack, writer.manifest.parts, isDry: false)
    for name in removed { context.output.progress("removed \(name)") }
    for name in leftAlone { context.output.progress("left \(name) alone: it is no backup that this program wrote") }
    context.output.tell(
      "\(written.path)  \(ByteCount.text(written.size))  sha256 \(written.sha256)",
      Outcome(
        stack: stack, path: written.path, size: written.size, sha256: written.sha256,
        entries: writer.manifest.entries.map { .init(name: $0.name, size: $0.size, sha256: $0.sha256) },
        removed: removed, leftAlone: leftAlone, dryRun: false))
  }

  private func applyRetention(
    _ stack: String, _ parts: Set<BackupPart>, isDry: Bool
  ) throws(OperationError) -> (removed: [String], leftAlone: [String]) {
    guard keep != nil || keepDays != nil else { return ([], []) }
    return try Retention(count: keep, days: keepDays).apply(
      to: output, stack: stack, parts: parts, at: Date(), coming: isDry ? BackupName(stack: stack, time: Date()) : nil,
      isDry: isDry)
  }

  private func tellPlan(_ source: BackupSource) async throws(OperationError) {
    let entries = try await source.names()
    let (removed, leftAlone) = try applyRetention(source.stack, source.present, isDry: true)
    let lines =
      ["would write \(output)/\(source.stack)-TIME.tar.gz with:"] + entries.map { "  \($0)" }
      + removed.map { "would remove \($0)" }
    source.context.output.tell(
      lines.joined(separator: "\n"),
      Outcome(
        stack: source.stack, entries: entries.map { .init(name: $0, size: 0, sha256: "") }, removed: removed,
        leftAlone: leftAlone, dryRun: true))
  }
}
