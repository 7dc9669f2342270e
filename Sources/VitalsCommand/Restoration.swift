import EventLoop
import FoundationEssentials
import Operations
import Swarm

/// A backup on its way back into a stack.
struct Restoration {
  let file: String
  let manifest: Manifest
  let parts: Set<BackupPart>
  let stack: String
  let stores: Stores
  let writers: [LiveService]
  let context: OperatorContext

  private struct Outcome: Encodable {
    var stack: String
    var file: String
    var backupTime: String
    var restored: [String]
    var stopped: [String]
    var configs: [String]
    var nodeLabels: [String: [String: String]]
    var missingSecrets: [String]
    var missingNodes: [String]
    var dryRun: Bool
  }

  private var postgres: PostgresStore? { stores.postgres.map { PostgresStore(context.shell($0)) } }
  private var redis: RedisStore? { stores.redis.map { RedisStore(context.shell($0)) } }

  func perform(_ options: ChangeOptions) async throws(OperationError) {
    if let postgres { try await check(postgres) }
    let plan = try await swarmPlan()
    guard let redis, let container = stores.redis else { return try await change(plan, nil, options) }

    func restore(_ shell: ContainerShell) async throws(OperationError) {
      let staged = RedisStore(shell, port: RedisStore.stagingPort)
      let reader = try reader(at: Manifest.EntryName.redis)
      let progress = TransferProgress("staged \(container.service)", context.output)
      try await staged.stage { () throws(OperationError) in try reader.piece(progress) }
      progress.finish()
      _ = try await redis.info("server")
      try await change(plan, staged, options)
    }
    try await context.inThrowAwayContainer(
      restore, title: "the second Redis", on: container.engine
    ) { () throws(OperationError) in
      try await ThrowAwayContainer(
        image: container.imageID, command: ["tail", "-f", "/dev/null"], hasEntrypoint: false, neighbour: container.id,
        container.engine, before: context.deadline)
    }
  }

  // MARK: Before anything is touched

  private func check(_ postgres: PostgresStore) async throws(OperationError) {
    guard let source = manifest.postgres else { return }
    let facts = try await postgres.facts()
    guard facts.version / 10_000 >= source.version / 10_000 else {
      throw OperationError(
        .failed, "the backup is of PostgreSQL \(source.version / 10_000), and \(facts.version / 10_000) runs",
        advice: "A dump goes into the same version or a newer one.")
    }
    for database in source.databases {
      let reader = try reader(at: database.entry)
      try await postgres.check(database.entry) { () throws(OperationError) in try reader.piece(nil) }
    }
  }

  private func swarmPlan() async throws(OperationError) -> SwarmObjects.Plan {
    guard parts.contains(.swarm) else { return SwarmObjects.Plan() }
    func object(_ kind: String) throws(OperationError) -> JSONValue {
      let bytes = try reader(at: Manifest.EntryName.swarm(kind)).readAll()
      guard let value = try? JSONValue(bytes) else { throw OperationError(.failed, "\(file): \(kind) is no JSON") }
      return value
    }
    return try await context.manager.plan(
      configs: try object("configs"), nodes: try object("nodes"), secrets: try object("secrets"),
      before: context.deadline)
  }

  // MARK: The change

  private func change(
    _ plan: SwarmObjects.Plan, _ staged: RedisStore?, _ options: ChangeOptions
  ) async throws(OperationError) {
    tell(plan)
    let outcome = Outcome(
      stack: stack, file: file, backupTime: manifest.time.formatted(.iso8601), restored: what,
      stopped: writers.map(\.service.name), configs: plan.configs.compactMap { $0["Name"].text },
      nodeLabels: plan.labels,
      missingSecrets: plan.missingSecrets, missingNodes: plan.missingNodes, dryRun: options.dryRun)
    let things = what.joined(separator: ", ")
    if options.dryRun {
      return context.output.tell(
        "would replace in \(stack): \(things); stopped meanwhile: \(names(writers))", outcome)
    }
    try await context.confirm(
      "All that is now in \(stack)'s \(things) is replaced by the backup of \(manifest.time.formatted(.iso8601)). "
        + "Stopped meanwhile: \(names(writers)). Go on?", options.confirmOptions)
    try await context.change(stack: stack, action: "restore \(file)", options) { () async throws(OperationError) in
      try await Writers(writers, context).stopped { () async throws(OperationError) in try await replace(plan, staged) }
    }
    context.output.tell("restored \(things) of \(stack)", outcome)
  }

  private func replace(_ plan: SwarmObjects.Plan, _ staged: RedisStore?) async throws(OperationError) {
    var done: [String] = []
    // What there is to say of all else where this ends early.
    var rest: String?
    do throws(OperationError) {
      if let postgres, let source = manifest.postgres {
        let complaints = try await postgres.restoreGlobals(try reader(at: Manifest.EntryName.globals).readAll())
        for complaint in complaints { context.output.progress("roles: \(complaint)") }
        for database in source.databases {
          let reader = try reader(at: database.entry)
          let progress = TransferProgress("restored \(database.name)", context.output)
          try await postgres.restore(database.name) { () throws(OperationError) in try reader.piece(progress) }
          progress.finish()
          done.append("the database \(database.name)")
          rest = "the rest is as it was"
          try await postgres.analyze(database.name)
        }
      }
      if let redis, let staged {
        rest = "redis has its own keys, or all of the backup's"
        try await redis.adopt(staged, context.waiting)
        context.output.progress("restored redis")
        done.append("redis")
      }
      rest = nil
      try await context.manager.apply(plan, before: context.deadline)
    } catch {
      let facts = (done.isEmpty ? [] : ["restored before: \(done.joined(separator: ", "))"]) + (rest.map { [$0] } ?? [])
      guard !facts.isEmpty else { throw error }
      throw OperationError(
        error.kind, "\(error.message) (\(facts.joined(separator: "; ")))", advice: error.advice)
    }
  }

  private var what: [String] {
    (stores.postgres == nil ? [] : manifest.postgres?.databases.map { "database \($0.name)" } ?? [])
      + (stores.redis == nil ? [] : ["redis"]) + (parts.contains(.swarm) ? ["configs and node labels"] : [])
  }

  private func tell(_ plan: SwarmObjects.Plan) {
    for name in plan.configs.compactMap({ $0["Name"].text }) {
      context.output.progress("config \(name) is missing: made")
    }
    for (name, labels) in plan.labels.sorted(by: { $0.key < $1.key }) {
      let text = labels.map { "\($0)=\($1)" }.sorted().joined(separator: ", ")
      context.output.progress("node \(name) lacks labels: \(text)")
    }
    for name in plan.missingNodes { context.output.progress("node \(name) of the backup is not in this swarm") }
    for name in plan.missingSecrets {
      context.output.progress("secret \(name) is missing: a backup has no secrets; make it with docker secret create")
    }
  }

  private func names(_ services: [LiveService]) -> String {
    services.isEmpty ? "nothing" : services.map(\.service.shortName).joined(separator: ", ")
  }

  private func reader(at entry: String) throws(OperationError) -> BackupReader {
    let reader = try BackupReader(file)
    try reader.seek(to: entry)
    return reader
  }
}

extension BackupReader {
  /// The next piece of a file that is sent somewhere.
  func piece(_ progress: TransferProgress?) throws(OperationError) -> [UInt8] {
    let bytes = try read(64 * 1024)
    progress?.add(bytes.count)
    return bytes
  }
}
