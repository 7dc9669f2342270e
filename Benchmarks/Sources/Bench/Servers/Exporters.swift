/// The exporters whose `/metrics` has the same names.
enum Exporters {
  static func startPostgres(in bench: Bench) throws -> Server {
    let source = ["DATA_SOURCE_NAME": bench.databases.postgresURL]
    return try Server("postgres_exporter", answers: "/metrics", environment: source, in: bench) { port in
      ["prometheus-postgres-exporter", "--web.listen-address", "127.0.0.1:\(port)"]
    }
  }

  static func startRedis(in bench: Bench) throws -> Server {
    try Server("redis_exporter", answers: "/metrics", in: bench) { port in
      [
        "prometheus-redis-exporter", "--redis.addr", bench.databases.redisURL,
        "--web.listen-address", "127.0.0.1:\(port)",
      ]
    }
  }

  static func startCelery(in bench: Bench) throws -> Server {
    try Server("celery-prometheus-exporter", answers: "/metrics", in: bench) { port in
      [
        "\(bench.options.build)/venv/bin/celery-prometheus-exporter", "--broker", bench.databases.redisURL,
        "--addr", "127.0.0.1:\(port)",
      ]
    }
  }
}
