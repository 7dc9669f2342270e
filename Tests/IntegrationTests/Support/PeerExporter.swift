/// One of the exporters that Debian has, at work on a server of the tests: what the product's names are compared with.
final class PeerExporter: Sendable {
  let port: Int
  private let process: LoggedProcess

  /// postgres_exporter 0.11 as Debian runs it: its own queries, no file of further ones.
  convenience init(_ server: PostgresServer, database: String = "postgres", arguments: [String] = []) throws {
    let url = "\(server.url(database: database))?sslmode=disable"
    try self.init(environment: ["DATA_SOURCE_NAME": url]) {
      ["prometheus-postgres-exporter", "--web.listen-address", $0] + arguments
    }
  }

  /// redis_exporter 1.45.
  convenience init(_ server: RedisServer) throws {
    try self.init(environment: ["REDIS_ADDR": server.url()]) {
      ["prometheus-redis-exporter", "-web.listen-address", $0]
    }
  }

  /// Starts an exporter; returns when it listens. It asks its server when it is scraped, and not before.
  private init(environment: [String: String], command: (_ address: String) -> [String]) throws {
    let port = try Scratch.port()
    process = try LoggedProcess(command("127.0.0.1:\(port)"), environment: environment) { _ in
      try HTTPClient.get("/", port: port).status == 200
    }
    self.port = port
  }

  /// Scrapes it.
  func page() throws -> MetricsPage {
    try MetricsPage(HTTPClient.get("/metrics", port: port).text)
  }

  /// Ends it at once and deletes its log. Call it when the test is over, in `defer` or `deinit`.
  func end() {
    process.end()
  }
}
