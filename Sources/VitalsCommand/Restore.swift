import ArgumentParser
import EventLoop
import FoundationEssentials
import Operations

/// `vitals restore`: what a backup holds, back into the stack, or only proved.
struct Restore: EngineCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put a backup back into a stack, or prove that it could be.",
    discussion: """
      Before anything is touched, all of the file is read and compared with its checksums, pg_restore of the running server \
      reads the dumps' tables of contents, and a second Redis, in a throw-away container, loads the snapshot. Then the \
      services that write (--stop) are scaled to 0, each database is replaced in one transaction, Redis takes over all keys, \
      configs and node labels that are missing are made, and the services are scaled back. Services are not made: that is \
      what vitals deploy is for, and secrets have to exist.

      --verify touches nothing: it restores into throw-away containers, on an engine that has the images, and counts.

      \(Backup.storesText)

      EXAMPLES
        vitals restore pilito-20261123T154500Z.tar.gz
        vitals restore --verify pilito-20261123T154500Z.tar.gz
        vitals restore --only redis --yes pilito-20261123T154500Z.tar.gz
        vitals restore --extract /tmp/backup pilito-20261123T154500Z.tar.gz
        vitals restore --engine unix://$HOME/worker-2.sock pilito-20261123T154500Z.tar.gz

      \(exitCodes("done"))
      """)
  static let ordinaryTimeout = Duration.seconds(3600)
  static let stackText = "that of the backup"
  static let engineText = Backup.engineText

  @OptionGroup var operatorOptions: OperatorOptions<Restore>
  @OptionGroup var stackOptions: StackOptions<Restore>
  @OptionGroup var engineOptions: EngineOptions<Restore>
  @OptionGroup var changeOptions: ChangeOptions

  @Option(help: .init("Some of postgres, redis, swarm. (default: all that the backup has)", valueName: "parts"))
  var only: String?

  @Flag(help: "Restore into throw-away containers only, and count what is there then.")
  var verify = false

  @Option(help: .init("Only write the files of the backup into this directory.", valueName: "directory"))
  var extract: String?

  @Option(
    name: .customLong("stop"), parsing: .singleValue,
    help: .init(
      "A service that writes, stopped meanwhile; repeatable. (default: web, celery, beat)", valueName: "service"))
  var stopped: [String] = []

  @Flag(help: "Stop no services meanwhile.")
  var keepRunning = false

  @Argument(help: .init("The backup.", valueName: "file"), completion: .file(extensions: ["gz"]))
  var file: String

  func validate() throws {
    if verify, extract != nil { throw ValidationError("--verify and --extract exclude each other") }
    if keepRunning, !stopped.isEmpty { throw ValidationError("--stop and --keep-running exclude each other") }
  }

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let chosen = try only.map { list throws(OperationError) in try BackupPart.parse(list) }
    let progress = TransferProgress("checked", context.output)
    let manifest = try await BackupReader.verify(file) { count throws(OperationError) in
      progress.update(count)
      try await context.pause(.zero)
    }
    progress.finish()
    for part in (chosen ?? []).subtracting(manifest.parts) {
      throw OperationError(.failed, "\(file) has no \(part.rawValue)")
    }
    let parts = chosen ?? manifest.parts
    if let extract { return try await Extraction(file, into: extract, manifest).perform(context) }
    let engines = try engineOptions.engines(context)
    if verify { return try await Rehearsal(file, manifest, parts, on: engines, context).perform() }

    try await context.manager.check(before: context.deadline)
    let stack = try await target(manifest, context)
    let stores = try await context.manager.stores(
      of: stack, parts, isStrict: true, on: engines, before: context.deadline)
    let services = try await context.manager.services(of: stack, before: context.deadline)
    let writers = keepRunning ? [] : try Writers.find(stopped, among: services)
    let restoration = Restoration(
      file: file, manifest: manifest, parts: parts, stack: stack, stores: stores, writers: writers, context: context)
    try await restoration.perform(changeOptions)
  }

  /// The stack that the backup goes into.
  private func target(_ manifest: Manifest, _ context: OperatorContext) async throws(OperationError) -> String {
    if let name = stackOptions.name, name != manifest.stack, stackOptions.stack == nil {
      throw OperationError(
        .usage, "\(file) is a backup of \(manifest.stack), and VITALS_STACK is \(name)",
        advice: "To restore it into another stack, say so: --stack \(name).")
    }
    return try await context.manager.stack(named: stackOptions.name ?? manifest.stack, before: context.deadline)
  }
}
