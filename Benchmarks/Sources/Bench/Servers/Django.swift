import Glibc

/// Django on gunicorn as in the seed, which asks PostgreSQL and Redis in every request: peers/django.
enum Django {
  static func start(in bench: Bench) throws -> Server {
    let environment = [
      "DATABASE_URL": bench.databases.postgresURL, "REDIS_URL": bench.databases.redisURL,
      // The sources stay clean.
      "PYTHONDONTWRITEBYTECODE": "1",
    ]
    return try Server("Django", answers: "/health/", environment: environment, stopSignal: SIGQUIT, in: bench) { port in
      [
        "\(bench.options.build)/venv/bin/gunicorn", "--bind", "127.0.0.1:\(port)", "--workers", "2", "--threads", "4",
        "--worker-class", "gthread", "--chdir", "\(bench.options.peers)/django", "health:application",
      ]
    }
  }
}
