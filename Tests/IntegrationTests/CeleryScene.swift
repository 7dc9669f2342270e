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

  /// In database 3, with a prefix. It ends with the test process.
  static let prefixed = Result { try CeleryScene(database: 3, keyPrefix: "shop:") }

  private let postgres: PostgresServer

  private init(database: Int = 0, keyPrefix: String = "") throws {
    postgres = try PostgresServer()
    redis = try RedisServer()
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

  /// The key of the bindings of those who asked workers.
  var replyBindings: String { "\(app.keyPrefix)_kombu.binding.reply.celery.pidbox" }

  /// All keys of the database.
  func keys() throws -> Set<String> { Set(try cli("keys", "*").split(separator: "\n").map(String.init)) }

  /// The keys that do not expire.
  func lastingKeys() throws -> Set<String> { try keys().filter { try cli("ttl", $0) == "-1" } }

  /// Deletes all keys but the bindings of queues, which clients make but once.
  func clear() throws -> CeleryScene {
    let keys = try keys().filter { !$0.contains("_kombu.binding") || $0 == replyBindings }
    if !keys.isEmpty { try cli(["del"] + keys) }
    return self
  }

  /// Runs redis-cli on the application's database.
  @discardableResult
  func cli(_ arguments: String...) throws -> String { try cli(arguments) }

  @discardableResult
  func cli(_ arguments: [String]) throws -> String {
    let database = app.redisURL.split(separator: "/").last.flatMap { Int($0) } ?? 0
    return try redis.cli(["-n", "\(database)"] + arguments)
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
