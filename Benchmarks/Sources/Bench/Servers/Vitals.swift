/// The subject.
enum Vitals {
  /// The arguments of `vitals serve` with both checks, and the swarm of `engine` if there is one.
  static func arguments(port: UInt16, engine: Engine?, in bench: Bench) -> [String] {
    [
      bench.options.vitals, "serve", "--listen", "127.0.0.1:\(port)",
      "--database-url", bench.databases.postgresURL, "--redis-url", bench.databases.redisURL,
    ] + (engine.map { ["--docker-host", $0.address] } ?? [])
  }

  /// What the exporters tell together: PostgreSQL, Redis and Celery.
  static func startForExporters(in bench: Bench) throws -> Server {
    try Server("vitals", answers: "/health/", in: bench) { port in
      arguments(port: port, engine: nil, in: bench) + [
        "--celery-broker-url", bench.databases.redisURL, "--collect", "postgresql", "--collect", "redis",
        "--collect", "celery",
      ]
    }
  }

  static func start(engine: Engine? = nil, in bench: Bench) throws -> Server {
    try Server("vitals", answers: "/health/", in: bench) { arguments(port: $0, engine: engine, in: bench) }
  }
}
