import Foundation
import Testing

/// The application of the tests and the exporters beside it: whether what the collectors are measured against works.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct AppTests {
  private let postgres: PostgresServer
  private let redis: RedisServer
  private let app: PilitoApp
  private let web: Gunicorn

  /// They end with the test process.
  private static let shared = Result {
    let postgres = try PostgresServer()
    let redis = try RedisServer()
    let app = try PilitoApp(postgres, redis, keyPrefix: "shop:", beatInterval: 0.5)
    return (postgres: postgres, redis: redis, app: app, web: try Gunicorn(app))
  }

  init() throws {
    (postgres, redis, app, web) = try Self.shared.get()
    try redis.cli("flushall")
  }

  @Test func `the application reads its database, fails when asked, and knows whether its servers are there`() throws {
    #expect(try web.get("/").text.hasPrefix("0 orders, version 0 on "))
    try postgres.psql("INSERT INTO orders_order (item, placed_at) VALUES ('chair', now())", database: "pilito")
    #expect(try web.get("/").text.hasPrefix("1 orders, version 0 on "))
    #expect(try web.get("/fail").status == 500)
    #expect(try web.get("/nowhere").status == 404)
    let began = ContinuousClock.now
    #expect(try web.get("/slow?ms=200").status == 200)
    #expect(ContinuousClock.now - began >= .milliseconds(200))

    let healthy = try web.get("/health/")
    #expect(healthy.status == 200)
    #expect(healthy.text.contains(#""database": "healthy", "cache": "healthy""#))
    redis.kill()
    defer { try? redis.start() }
    let sick = try web.get("/health/")
    #expect(sick.status == 503)
    #expect(sick.text.contains(#""database": "healthy", "cache": "unhealthy: ConnectionError""#))
  }

  @Test(arguments: [("", "", false), ("pilito", "env:test,zone:a", false), ("eu.pilito.", "", true)])
  func `gunicorn tells StatsD of its workers and of each request`(
    prefix: String, tags: String, isUnix: Bool
  ) throws {
    let directory = try Scratch.directory("statsd")
    defer { Scratch.remove(directory) }
    let statsd = isUnix ? try DatagramSocket(path: "\(directory)/socket") : try DatagramSocket()
    let web = try Gunicorn(
      app, .init(workers: 3, threads: 1, statsdHost: statsd.address, statsdPrefix: prefix, dogstatsdTags: tags))
    defer { web.end() }
    let name = prefix.isEmpty ? "gunicorn" : prefix.hasSuffix(".") ? "\(prefix)gunicorn" : "\(prefix).gunicorn"
    let end = tags.isEmpty ? "" : "|#\(tags)"
    #expect(try statsd.receive() == "\(name).workers:3|g\(end)")

    #expect(try web.get("/slow?ms=100").status == 200)
    let duration = try statsd.receive()
    #expect(duration.hasPrefix("\(name).request.duration:") && duration.hasSuffix("|ms\(end)"))
    let milliseconds = duration.dropFirst("\(name).request.duration:".count).prefix { $0 != "|" }
    #expect((100...5000).contains(Double(milliseconds) ?? 0))
    #expect(try statsd.receive() == "\(name).requests:1|c|@1.0\(end)")
    #expect(try statsd.receive() == "\(name).request.status.200:1|c|@1.0\(end)")
    #expect(try web.get("/fail").status == 500)
    #expect(try statsd.receive { $0.contains("status") }.last == "\(name).request.status.500:1|c|@1.0\(end)")
  }

  @Test func `tasks wait by queue and priority, and end as their names say`() throws {
    let urgent = try web.enqueue("ok", #"{"count": 2, "priority": 0, "kwargs": {"value": "done"}}"#)
    try web.enqueue("ok", #"{"count": 3, "priority": 9}"#)
    let bulk = try web.enqueue("retry", #"{"queue": "bulk", "kwargs": {"times": 2}}"#)
    let failing = try web.enqueue("fail")
    let waiting = ["celery", "celery\u{6}\u{16}9", "bulk"]
    #expect(try waiting.map { try redis.cli("llen", "shop:\($0)") } == ["3", "3", "1"])

    let events = try subscribe()
    defer { events.kill() }
    let worker = try CeleryWorker(app)
    defer { worker.end() }
    try web.wait(for: urgent + bulk, toBe: "SUCCESS")
    try web.wait(for: failing, toBe: "FAILURE")
    #expect(try web.result(urgent[0]).value == "done")
    #expect(worker.logText.contains("orders.tasks.PaymentDeclined: insufficient funds"))
    #expect(worker.logText.components(separatedBy: "orders.tasks.retry[\(bulk[0])] received").count - 1 == 3)
    #expect(try waiting.map { try redis.cli("llen", "shop:\($0)") } == ["0", "0", "0"])

    let beat = try CeleryBeat(app)
    defer { beat.end() }
    try eventually(within: .seconds(10), "beat's task") { worker.logText.contains("Task orders.tasks.tidy") }
    beat.end()

    try worker.pause()
    let late = try web.enqueue("ok")
    #expect(throws: TestbedError.self) { try web.wait(for: late, toBe: "SUCCESS", within: .milliseconds(500)) }
    worker.resume()
    try web.wait(for: late, toBe: "SUCCESS")
    try worker.stop()
    try eventually("the last event") { events.output.contains("/0.celeryev/worker.offline") }
    #expect(events.output.contains("/0.celeryev/task.multi"))
  }

  @Test func `a worker without -E tells of itself alone`() throws {
    let events = try subscribe()
    defer { events.kill() }
    let worker = try CeleryWorker(app, .init(name: "quiet", sendsTaskEvents: false, concurrency: 1))
    defer { worker.end() }
    try web.wait(for: web.enqueue("ok"), toBe: "SUCCESS")
    try worker.stop()
    try eventually("the last event") { events.output.contains("/0.celeryev/worker.offline") }
    #expect(events.output.contains("/0.celeryev/worker.online"))
    #expect(events.output.contains(#""hostname": "quiet@pilito""#))
    #expect(events.output.contains("/0.celeryev/task.sent"))
    #expect(!events.output.contains("/0.celeryev/task.multi"))
  }

  @Test func `postgres_exporter answers with the families of the fixture`() throws {
    let exporter = try PeerExporter(postgres, database: "pilito")
    defer { exporter.end() }
    let page = try exporter.page()
    #expect(page["pg_up"] == 1)
    let labels = ["server": "127.0.0.1:\(postgres.port)"]
    #expect(page["pg_settings_max_connections", labels] == 50)
    try compare(page, "postgres_exporter", atLeast: 280)
  }

  @Test func `redis_exporter answers with the families of the fixture`() throws {
    let exporter = try PeerExporter(redis)
    defer { exporter.end() }
    try redis.cli("set", "key", "value", "ex", "100")
    let page = try exporter.page()
    #expect(page["redis_up"] == 1)
    #expect(page["redis_db_keys_expiring", ["db": "db0"]] == 1)
    try compare(page, "redis_exporter", atLeast: 100)
  }

  @Test func `a page is read with escapes, types and suffixes, and not when it is wrong`() throws {
    let page = try MetricsPage(
      """
      # HELP a A "b" {c="d"} 1
      # TYPE a gauge
      a{x="1,\\"}\\n",y="\\\\"} +Inf
      a 2
      # TYPE h histogram
      h_bucket{le="+Inf",z=""} 1
      h_count{z=""} 1
      """)
    #expect(page["a", ["x": "1,\"}\n", "y": "\\"]] == .infinity)
    #expect(page["a"] == 2)
    #expect(
      page.families == ["a": .init(type: "gauge", labels: ["x", "y"]), "h": .init(type: "histogram", labels: ["z"])])
    for wrong in ["a 1", "# TYPE a gauge\na 1\na 1", "# TYPE a gauge\na{x=1} 1", "# TYPE a gauge\na x"] {
      #expect(throws: TestbedError.self) { try MetricsPage(wrong) }
    }
  }

  /// What is published for those who watch Celery.
  private func subscribe() throws -> Subprocess {
    let events = try Subprocess(["redis-cli", "-s", redis.socketPath, "psubscribe", "shop:/0.celeryev/*"])
    try eventually("a subscription") { events.output.contains("psubscribe") }
    return events
  }

  /// Whether all families that are not the exporter's own are in the fixture, with that type and those labels.
  private func compare(_ page: MetricsPage, _ fixture: String, atLeast count: Int) throws {
    let path = "\(Tool.packageDirectory)/Tests/Fixtures/\(fixture).txt"
    let known = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    var labels: [String: Set<String>] = [:]
    for line in known where !line.hasPrefix("#") {
      let parts = line.split { "{,}".contains($0) }.map(String.init)
      labels[parts[0]] = Set(parts.dropFirst())
    }
    let own = ["go_", "process_", "promhttp_", "pg_exporter_", "pg_scrape_", "postgres_exporter_", "redis_exporter_"]
    let families = page.families.filter { family in !own.contains { family.key.hasPrefix($0) } }
    #expect(families.count >= count)
    for (name, family) in families {
      #expect(known.contains("# TYPE \(name) \(family.type)"), "\(name)")
      #expect(family.labels.isSubset(of: labels[name] ?? []), "\(name)")
    }
  }
}
