import EventLoop
import Health
import Logging
import Metrics
import Postgres
import Redis
import Scoring

/// The metrics of a server that is checked too.
final class ServerSource: Collector, @unchecked Sendable {
  /// Asks everything but the questions of these names; what it brings, and what the server refuses to tell.
  private typealias Refresh = (Instant, Set<String>) async throws -> (families: [Family], refusals: [Refusals.Refusal])

  let name: String
  let interval: Duration
  let timeout = Duration.seconds(10)

  private enum Product: String {
    case postgres = "PostgreSQL"
    case redis = "Redis"

    /// What the names of its families begin with.
    var prefix: String { self == .postgres ? "pg" : "redis" }
  }

  private let label: String?
  private let product: Product
  private let refresh: Refresh
  private let close: () -> Void
  private var logger: Logger
  private var refusals = Refusals()
  private var isUp = false
  private var load = ServerLoad()

  private init(
    _ server: WatchedServer<some Sendable>, _ product: Product, _ configuration: Configuration,
    logger: Logger, refresh: @escaping Refresh, close: @escaping () -> Void
  ) {
    name = server.name
    interval = configuration.refreshInterval
    label = server.label
    self.product = product
    self.refresh = refresh
    self.close = close
    self.logger = logger
    self.logger[metadataKey: "collector"] = "\(name)"
  }

  /// A PostgreSQL server, by postgres_exporter's names.
  convenience init(
    _ server: WatchedServer<ConnectionString>, _ configuration: Configuration, logger: Logger, on loop: EventLoop
  ) {
    var options = Postgres.MetricsCollector.Options()
    options.statements = configuration.statements
    let collector = Postgres.MetricsCollector(
      Postgres.Connector(server.target, on: loop, resolver: Resolver(on: loop)),
      label: ServerLabel(server.place, isOneOfSeveral: server.isOneOfSeveral), options: options)
    self.init(server, .postgres, configuration, logger: logger) { deadline, names in
      let answer = try await collector.refresh(before: deadline, without: names)
      return (answer.families, answer.refusals.map { ($0.name, $0.error.isLasting, $0.error.description) })
    } close: {
      collector.close()
    }
  }

  /// A Redis server, a replica or a Sentinel, by redis_exporter's names.
  convenience init(
    _ server: WatchedServer<RedisURL>, _ configuration: Configuration, logger: Logger, on loop: EventLoop
  ) {
    let collector = Redis.MetricsCollector(
      Redis.Connector(server.target, on: loop, resolver: Resolver(on: loop)), server: server.label)
    self.init(server, .redis, configuration, logger: logger) { deadline, names in
      let now = Double(WallTime.now.milliseconds / 1000)
      let answer = try await collector.refresh(before: deadline, without: names, now: now)
      return (answer.families, answer.refusals.map { ($0.name, $0.error.isLasting, $0.error.description) })
    } close: {
      collector.close()
    }
  }

  func collect(before deadline: Instant) async throws -> [Family] {
    isUp = false
    let answer = try await refresh(deadline, refusals.names(at: .now))
    isUp = true
    switch product {
    case .postgres: load.note(postgres: answer.families)
    case .redis: load.note(redis: answer.families)
    }
    for message in refusals.take(answer.refusals, at: .now) {
      logger.warning("\(product.rawValue) does not tell", metadata: message)
    }
    return answer.families
  }

  var status: [Family] {
    var up = Family("\(product.prefix)_up", .gauge, help: "Whether the server answered at the last refresh.")
    up.add(isUp, label.map { ["server": $0] } ?? [:])
    return [up]
  }

  func assess(_ facts: inout Facts, isCurrent: Bool) {
    guard isCurrent else { return }
    switch product {
    case .postgres: load.assess(&facts.postgres, named: name)
    case .redis: load.assess(&facts.redis, named: name)
    }
  }

  func stop() { close() }
}
