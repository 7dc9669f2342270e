import Foundation

/// A stack with a PostgreSQL and a Redis, as docker-compose.swarm.yml has them, and services that would write to them.
final class BackupScene: Sendable {
  static let stack = "shop"

  /// The engine that the stores run on.
  let engine: DockerEngine
  /// The manager, which is the same unless the stores run on a worker.
  let manager: DockerEngine
  private let lab: SwarmLab?
  let somebody: Operator
  /// Where backups go.
  let directory: String

  /// - Parameter isOnWorker: whether the stores run on a worker, and the manager has not even their images.
  init(isOnWorker: Bool = false) throws {
    lab = isOnWorker ? try SwarmLab() : nil
    engine = try lab?.engines[1] ?? DockerEngine()
    manager = lab?.engines[0] ?? engine
    somebody = try Operator(manager)
    directory = try Scratch.directory("backups")
    do {
      try StoreImage.load(into: engine)
      if lab == nil { try engine.initializeSwarm() }
      let file = "\(directory)/stack.yml"
      try Self.file(storage: isOnWorker ? "node2" : "node").write(toFile: file, atomically: false, encoding: .utf8)
      for secret in ["postgres_password", "redis_password"] {
        try manager.docker(["secret", "create", secret, "-"], input: "sesame-\(secret)")
      }
      try "answer = 42\n".write(toFile: "\(directory)/settings.conf", atomically: false, encoding: .utf8)
      try manager.docker(["stack", "deploy", "--resolve-image", "never", "-c", file, Self.stack])
      try awaitStores()
    } catch {
      stop()
      throw error
    }
  }

  /// Ends the engines. Call it when the test is over, in `defer`.
  func stop() {
    lab?.stop()
    if lab == nil { engine.stop() }
  }

  private static func file(storage: String) -> String {
    """
    version: "3.8"
    services:
      postgres:
        image: \(StoreImage.postgres)
        user: "999:999"
        command: [postgres, -cfsync=off, -cshared_buffers=16MB]
        stop_signal: SIGINT
        environment:
          POSTGRES_USER: pilito
          POSTGRES_DB: pilito
          POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password
          POSTGRES_INITDB_ARGS: --no-sync --auth-host=scram-sha-256
        secrets: [postgres_password]
        volumes: [postgres_data:/var/lib/postgresql/data]
        deploy:
          endpoint_mode: dnsrr
          restart_policy: {delay: 500ms}
          placement: {constraints: [node.hostname == \(storage)]}
      redis:
        image: \(StoreImage.redis)
        user: "998:998"
        command:
          - sh
          - -euc
          - |
            password=$$(cat /run/secrets/redis_password)
            exec redis-server --appendonly yes --save 3600 1 --dir /data - <<END
            requirepass $$password
            END
        secrets: [redis_password]
        volumes: [redis_data:/data]
        deploy:
          endpoint_mode: dnsrr
          restart_policy: {delay: 500ms}
          placement: {constraints: [node.hostname == \(storage)]}
      web:
        image: \(TestImage.name)
        command: [sleep, infinity]
        stop_signal: KILL
        configs: [settings]
        deploy: {endpoint_mode: dnsrr, replicas: 2}
    configs:
      settings: {file: ./settings.conf}
    secrets:
      postgres_password: {external: true}
      redis_password: {external: true}
    volumes: {postgres_data: {}, redis_data: {}}
    """
  }

  /// Runs `vitals` against the manager.
  func vitals(_ arguments: String..., environment: [String: String] = [:]) throws -> Operator.Answer {
    try somebody(arguments, environment: environment)
  }

  func vitals(_ arguments: [String]) throws -> Operator.Answer { try somebody(arguments) }

  // MARK: Stores

  func container(_ service: String) throws -> String {
    let label = "label=com.docker.swarm.service.name=\(Self.stack)_\(service)"
    let ids = try engine.docker("ps", "-q", "--filter", label)
    guard let id = ids.split(separator: "\n").first else {
      let tasks = try manager.docker("service", "ps", "--no-trunc", "\(Self.stack)_\(service)")
      throw TestbedError("no container of \(service): \(tasks)")
    }
    return String(id)
  }

  @discardableResult
  func psql(_ sql: String, database: String = "pilito") throws -> String {
    let command = ["exec", "-i", try container("postgres"), "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "pilito"]
    return try engine.docker(command + ["-d", database], input: sql)
  }

  /// Runs redis-cli with the lines of `input`.
  @discardableResult
  func redis(_ input: String, database: Int = 0) throws -> String {
    let script = "REDISCLI_AUTH=$(cat /run/secrets/redis_password) exec redis-cli -n \(database)"
    return try engine.docker(["exec", "-i", try container("redis"), "sh", "-c", script], input: input)
  }

  /// Empties both stores as a lost disk does: new containers on new volumes.
  func wipe() throws {
    let services = ["postgres", "redis"].map { "\(Self.stack)_\($0)" }
    try manager.docker(["service", "scale", "--detach"] + services.map { "\($0)=0" })
    for name in ["postgres_data", "redis_data"] {
      try eventually(within: .seconds(60), every: .milliseconds(100), "volume \(name) removed") {
        try engine.docker("volume", "rm", "\(Self.stack)_\(name)")
        return true
      }
    }
    try manager.docker(["service", "scale", "--detach"] + services.map { "\($0)=1" })
    try awaitStores()
  }

  func awaitStores() throws {
    try eventually(within: .seconds(60), every: .milliseconds(200), "PostgreSQL") {
      // By TCP: while it is made, it listens on the socket only.
      try engine.docker("exec", try container("postgres"), "pg_isready", "-q", "-h", "127.0.0.1")
      return true
    }
    try eventually(within: .seconds(30), every: .milliseconds(200), "Redis") { try redis("PING") == "PONG" }
  }

  // MARK: What is in them

  /// All of a database as SQL.
  func contents(_ database: String) throws -> String {
    let dump = try engine.docker(
      "exec", try container("postgres"), "pg_dump", "-U", "pilito", "--create", "--column-inserts", database)
    // Newer versions have a line with a random word.
    return dump.split(separator: "\n").filter { !$0.contains("restrict") }.joined(separator: "\n")
  }

  /// Every key of a database with its value as DUMP has it, and when it expires, in milliseconds since 1970.
  ///
  /// But for sets, whose elements have no order.
  func keys(_ database: Int) throws -> String {
    let script = """
      EVAL "local all = redis.call('KEYS', '*') table.sort(all) local out = {} for _, key in ipairs(all) do local value \
      if redis.call('TYPE', key).ok == 'set' then value = redis.call('SMEMBERS', key) table.sort(value) \
      value = table.concat(value, ',') else value = redis.sha1hex(redis.call('DUMP', key)) end \
      out[#out + 1] = key .. ' ' .. value .. ' ' .. redis.call('PEXPIRETIME', key) end return out" 0
      """
    return try redis(script, database: database)
  }

  func replicas(_ service: String, of spec: String = "Spec") throws -> String {
    try manager.docker(
      "service", "inspect", "--format", "{{.\(spec).Mode.Replicated.Replicas}}", "\(Self.stack)_\(service)")
  }
}
