import EventLoop
import Operations
import Vitals

/// What a backup is read from.
struct BackupSource {
  let context: OperatorContext
  let stack: String
  let parts: Set<BackupPart>
  let stores: Stores

  private var postgres: PostgresStore? { stores.postgres.map { PostgresStore(context.shell($0)) } }
  private var redis: RedisStore? { stores.redis.map { RedisStore(context.shell($0)) } }

  /// The parts that the backup has.
  var present: Set<BackupPart> {
    var present = parts.intersection([.swarm])
    if stores.postgres != nil { present.insert(.postgres) }
    if stores.redis != nil { present.insert(.redis) }
    return present
  }

  /// The names of the files that there would be.
  func names() async throws(OperationError) -> [String] {
    var names: [String] = []
    if parts.contains(.swarm) {
      names += ["services", "networks", "nodes", "configs", "secrets"].map(Manifest.EntryName.swarm)
    }
    if let postgres {
      names.append(Manifest.EntryName.globals)
      names += try await postgres.facts().databases.enumerated().map { Manifest.EntryName.database($1, number: $0) }
    }
    if let redis {
      _ = try await redis.info("server")
      names.append(Manifest.EntryName.redis)
    }
    return names
  }

  /// Reads everything into `writer`.
  func fill(_ writer: BackupWriter) async throws(OperationError) {
    if parts.contains(.swarm) {
      try await writer.add(try await context.manager.swarmObjects(of: stack, before: context.deadline))
      context.output.progress("swarm: services, networks, nodes, configs, names of secrets")
    }
    if let postgres, let container = stores.postgres { try await fill(writer, postgres, container) }
    if let redis, let container = stores.redis { try await fill(writer, redis, container) }
  }

  private func fill(
    _ writer: BackupWriter, _ postgres: PostgresStore, _ container: ServiceContainer
  ) async throws(OperationError) {
    let facts = try await postgres.facts()
    let databases = facts.databases.enumerated().map {
      Manifest.Postgres.Database(name: $1, entry: Manifest.EntryName.database($1, number: $0))
    }
    writer.manifest.postgres = .init(
      service: container.service, image: container.image, version: facts.version, user: facts.user,
      databases: databases)
    try writer.begin(Manifest.EntryName.globals)
    try await postgres.dumpGlobals { bytes throws(OperationError) in try writer.write(bytes) }
    try await writer.end()
    for database in databases {
      let progress = TransferProgress("\(container.service) \(database.name)", context.output)
      try writer.begin(database.entry)
      try await postgres.dump(database.name) { bytes throws(OperationError) in
        progress.update(try writer.write(bytes))
      }
      try await writer.end()
      progress.finish()
    }
  }

  private func fill(
    _ writer: BackupWriter, _ redis: RedisStore, _ container: ServiceContainer
  ) async throws(OperationError) {
    let version = try await redis.info("server")["redis_version"] ?? ""
    writer.manifest.redis = .init(service: container.service, image: container.image, version: version)
    let progress = TransferProgress(container.service, context.output)
    try writer.begin(Manifest.EntryName.redis)
    try await redis.snapshot(context.waiting) { bytes throws(OperationError) in
      progress.update(try writer.write(bytes))
    }
    try await writer.end()
    progress.finish()
  }
}

extension OperatorContext {
  /// A shell in a service's container, which stops at Ctrl-C.
  func shell(_ container: ServiceContainer) -> ContainerShell {
    shell(container.id, title: container.service, on: container.engine)
  }

  private func shell(_ container: String, title: String, on engine: Manager) -> ContainerShell {
    ContainerShell(engine, container, title: title, before: deadline) {
      () async throws(OperationError) in try await pause(.zero)
    }
  }

  /// Does something with a shell in a throw-away container, which is removed whatever comes of it.
  func inThrowAwayContainer<Value>(
    _ body: (ContainerShell) async throws(OperationError) -> Value, title: String, on engine: Manager,
    make: () async throws(OperationError) -> ThrowAwayContainer
  ) async throws(OperationError) -> Value {
    try await interruption.shielded { () throws(OperationError) in
      let container = try await make()
      let result = await Result { () async throws(OperationError) in
        try await body(shell(container.id, title: title, on: engine))
      }
      if let complaint = await container.remove() { output.progress(complaint) }
      return try result.get()
    }
  }
}
