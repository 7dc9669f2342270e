/// Go's net/http, which asks PostgreSQL and Redis in every request: peers/checks.
enum GoChecks {
  static func start(in bench: Bench) throws -> Server {
    try Server("Go with checks", answers: "/health/", in: bench) { port in
      [
        "\(bench.options.build)/checks", "-listen", "127.0.0.1:\(port)",
        "-database-url", bench.databases.postgresURL, "-redis-url", bench.databases.redisURL,
      ]
    }
  }
}
