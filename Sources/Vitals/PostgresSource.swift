import EventLoop
import Logging
import Metrics
import Postgres

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

  func stop() { collector.close() }
}
