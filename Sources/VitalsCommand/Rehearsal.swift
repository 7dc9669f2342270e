import EventLoop
import FoundationEssentials
import Operations

/// A restore into throw-away containers: the proof that a backup is one.
struct Rehearsal {
  private struct Outcome: Encodable {
    struct Database: Encodable {
      var name: String
      var tables: [String: Int]
    }
    var file: String
    var stack: String
    var databases: [Database] = []
    var redisKeys: [String: Int] = [:]
  }

  private let file: String
  private let manifest: Manifest
  private let parts: Set<BackupPart>
  /// Where images are sought, before the engine of the manager.
  private let engines: [Manager]
  private let context: OperatorContext

  init(
    _ file: String, _ manifest: Manifest, _ parts: Set<BackupPart>, on engines: [Manager], _ context: OperatorContext
  ) {
    self.file = file
    self.manifest = manifest
    self.parts = parts
    self.engines = engines
    self.context = context
  }

  func perform() async throws(OperationError) {
    var outcome = Outcome(file: file, stack: manifest.stack)
    if parts.contains(.postgres), let source = manifest.postgres {
      let environment = [
        "POSTGRES_USER=\(source.user)", "POSTGRES_HOST_AUTH_METHOD=trust", "POSTGRES_PASSWORD=throwaway",
      ]
      outcome.databases = try await inContainer(
        of: source.image, ["postgres", "-cfsync=off", "-cfull_page_writes=off"], environment
      ) {
        shell throws(OperationError) in try await restore(source, PostgresStore(shell))
      }
    }
    if parts.contains(.redis), let source = manifest.redis {
      let keys = try await inContainer(of: source.image, ["tail", "-f", "/dev/null"], nil) {
        shell throws(OperationError) in
        let store = RedisStore(shell)
        let reader = try BackupReader(file)
        try reader.seek(to: Manifest.EntryName.redis)
        try await store.stage { () throws(OperationError) in try reader.piece(nil) }
        return try await store.keys()
      }
      for (database, count) in keys { outcome.redisKeys["db\(database)"] = count }
    }
    context.output.tell(text(outcome), outcome)
  }

  private func restore(
    _ source: Manifest.Postgres, _ store: PostgresStore
  ) async throws(OperationError) -> [Outcome.Database] {
    try await store.awaitStart()
    let globals = try BackupReader(file)
    try globals.seek(to: Manifest.EntryName.globals)
    for complaint in try await store.restoreGlobals(try globals.readAll()) {
      context.output.progress("roles: \(complaint)")
    }
    var databases: [Outcome.Database] = []
    for database in source.databases {
      let reader = try BackupReader(file)
      try reader.seek(to: database.entry)
      let progress = TransferProgress("restored \(database.name) into a throw-away server", context.output)
      try await store.restore(database.name) { () throws(OperationError) in try reader.piece(progress) }
      progress.finish()
      let rows = try await store.rows(in: database.name)
      databases.append(
        .init(name: database.name, tables: Dictionary(rows.map { ($0.table, $0.rows) }, uniquingKeysWith: +)))
    }
    return databases
  }

  private func inContainer<Value>(
    of image: String, _ command: [String], _ environment: [String]?,
    _ body: (ContainerShell) async throws(OperationError) -> Value
  ) async throws(OperationError) -> Value {
    let (engine, image) = try await find(image)
    return try await context.inThrowAwayContainer(
      body, title: "a throw-away container", on: engine
    ) { () throws(OperationError) in
      try await ThrowAwayContainer(
        image: image, command: command, hasEntrypoint: environment != nil, environment: environment ?? [], engine,
        before: context.deadline)
    }
  }

  /// The first engine that has an image.
  private func find(_ image: String) async throws(OperationError) -> (Manager, String) {
    for engine in engines + [context.manager] {
      if let id = try await engine.localImage(image, before: context.deadline) { return (engine, id) }
    }
    throw OperationError(
      .failed, "the image \(image) is not on this engine",
      advice: "Get it (docker pull \(image)), or name the engine of a node that has it: --engine.")
  }

  private func text(_ outcome: Outcome) -> String {
    var lines = ["\(file) can be restored: a backup of \(outcome.stack) of \(manifest.time.formatted(.iso8601))"]
    for database in outcome.databases {
      lines.append(
        "database \(database.name): \(database.tables.count) tables, \(database.tables.values.reduce(0, +)) rows")
      for (table, rows) in database.tables.sorted(by: { $0.key < $1.key }) { lines.append("  \(table)  \(rows)") }
    }
    for (database, keys) in outcome.redisKeys.sorted(by: { $0.key < $1.key }) {
      lines.append("redis \(database): \(keys) keys")
    }
    return lines.joined(separator: "\n")
  }
}
