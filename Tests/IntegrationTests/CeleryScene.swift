import Foundation

/// A broker, an application that sends tasks to it, and what is known of its queues.
///
/// Without a worker: each test starts those that it needs.
struct CeleryScene: Sendable {
  let redis: RedisServer
  let app: PilitoApp
  let web: Gunicorn

  /// In database 0, without a prefix. It ends with the test process.
  static let plain = Result { try CeleryScene() }

  /// In database 3, with a prefix that has a pattern's characters. It ends with the test process.
  static let prefixed = Result { try CeleryScene(database: 3, keyPrefix: "shop[1]*:") }

  private static let postgres = Result { try PostgresServer() }

  init(_ options: RedisServer.Options = RedisServer.Options(), database: Int = 0, keyPrefix: String = "") throws {
    let postgres = try Self.postgres.get()
    redis = try RedisServer(options)
    app = try PilitoApp(postgres, redis, redisDatabase: database, keyPrefix: keyPrefix)
    web = try Gunicorn(app)
  }

  /// The flags of a service that watches it closely.
  var flags: [String] {
    let prefix = app.keyPrefix.isEmpty ? [] : ["--celery-key-prefix", app.keyPrefix]
    return ["--collect", "celery", "--celery-broker-url", app.redisURL, "--refresh", "200ms"] + prefix
  }

  /// A service that has seen it once and listens to it.
  func watch(_ arguments: [String] = []) throws -> VitalsProcess {
    let vitals = try VitalsProcess(serve: flags + arguments)
    do {
      try vitals.waitForPage("a subscription") { $0["celery_up"] == 1 && $0["celery_events_subscribed"] == 1 }
    } catch {
      vitals.kill()
      throw error
    }
    return vitals
  }

  /// All keys of the database.
  func keys() throws -> Set<String> {
    let database = app.redisURL.split(separator: "/").last.flatMap { Int($0) } ?? 0
    return Set(try redis.cli("-n", "\(database)", "keys", "*").split(separator: "\n").map(String.init))
  }

  /// Runs a command of Celery's own to its end: `control`, with its arguments.
  func celery(_ arguments: [String]) throws {
    try Subprocess.run(app.celery(arguments), environment: app.environment)
  }
}

extension MetricsPage {
  /// A number of tasks: `celery_task_KIND_total`, of a task in `orders/tasks.py`.
  func tasks(_ kind: String, _ name: String, _ queue: String = "celery", exception: String? = nil) -> Double? {
    var labels = ["name": "orders.tasks.\(name)", "queue_name": queue]
    labels["exception"] = exception
    return self["celery_task_\(kind)_total", labels]
  }

  func queueLength(_ queue: String) -> Double? { self["celery_queue_length", ["queue_name": queue]] }

  func isUp(_ worker: String) -> Double? { self["celery_worker_up", ["hostname": worker]] }
}
