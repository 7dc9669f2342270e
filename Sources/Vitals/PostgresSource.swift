import EventLoop
import Logging
import Metrics
import Postgres
import Scoring

/// The metrics of a PostgreSQL server, by postgres_exporter's names.
final class PostgresSource: Collector, @unchecked Sendable {
  let name: String
  let interval: Duration
  let timeout = Duration.seconds(10)

  private let server: WatchedServer<ConnectionString>
  private let collector: MetricsCollector
  private var logger: Logger
  private var refusals = Refusals()
  private var isUp = false
  /// The share of the connections that an application can have which is taken.
  private var usage: Double?

  init(
    _ server: WatchedServer<ConnectionString>, _ configuration: Configuration, logger: Logger, on loop: EventLoop
  ) {
    self.server = server
    name = server.name
    interval = configuration.refreshInterval
    self.logger = logger
    self.logger[metadataKey: "collector"] = "\(name)"
    var options = MetricsCollector.Options()
    options.statements = configuration.statements
    collector = MetricsCollector(
      Connector(server.target, on: loop, resolver: Resolver(on: loop)),
      label: ServerLabel(server.place, isOneOfSeveral: server.isOneOfSeveral), options: options)
  }

  func collect(before deadline: Instant) async throws -> [Family] {
    isUp = false
    let answer = try await collector.refresh(before: deadline, without: refusals.names(at: .now))
    isUp = true
    usage = PostgresSource.usage(answer.families)
    let refused = answer.refusals.map { ($0.name, $0.error.isLasting, $0.error.description) }
    for message in refusals.take(refused, at: .now) {
      logger.warning("PostgreSQL does not tell", metadata: message)
    }
    return answer.families
  }

  var status: [Family] {
    var up = Family("pg_up", .gauge, help: "Whether the server answered at the last refresh.")
    up.add(isUp, server.label.map { ["server": $0] } ?? [:])
    return [up]
  }

  func assess(_ facts: inout Facts, isCurrent: Bool) {
    guard isCurrent, let index = facts.postgres.firstIndex(where: { $0.name == name }) else { return }
    facts.postgres[index].usage = usage
  }

  /// Some connections are kept for superusers.
  private static func usage(_ families: [Family]) -> Double? {
    let (taken, all) = (families.sum("pg_stat_activity_count"), families.sum("pg_settings_max_connections"))
    let room = all - families.sum("pg_settings_superuser_reserved_connections")
    return room > 0 ? taken / room : nil
  }

  func stop() { collector.close() }
}
