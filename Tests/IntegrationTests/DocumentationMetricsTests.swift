import Foundation
import Testing

extension EngineTests.SwarmServiceTests {
  /// One scrape with everything in it: a swarm, PostgreSQL, Redis, Celery, checks that fail, requests of many kinds.
  @Test func `docs/metrics.md has every family with its type and labels, and no other`() throws {
    let postgres = try PostgresServer()
    defer { postgres.stop() }
    let redis = try RedisServer()
    defer { redis.stop() }
    let celery = try CeleryScene.plain.get().clear()
    let worker = try CeleryWorker(celery.app)
    defer { worker.end() }
    let vitals = try VitalsProcess(
      serve: [
        "--refresh", "1s", "--celery-broker-url", celery.app.redisURL,
        "--database-url", postgres.url(), "--redis-url", redis.url(), "--check",
        "gone=tcp://127.0.0.1:1,critical=false",
        "--docker-host", scene.engine.host, "--node-label", SwarmScene.nodeLabel,
      ])
    defer { vitals.kill() }
    try scene.update("upgrading", to: "sleep 20000")
    try vitals.waitForLine(containing: "subscribed to events")
    for task in ["ok", "fail"] { try celery.web.enqueue(task) }
    for target in ["/", "/health/", "/health/live", "/nothing"] { _ = try vitals.get(target) }
    let documented = try families()
    let seen = Monitor<[String: MetricsPage.Family]>([:])
    // Some of them are given only while there is what they tell of.
    try eventually(within: .seconds(120), every: .milliseconds(500), "every documented family") {
      for page in [try vitals.page(), try scene.vitals.page()] {
        seen.withLock { seen in
          for (name, family) in page.families {
            seen[name, default: family].labels.formUnion(family.labels)
            #expect(seen[name]?.type == family.type, "\(name)")
          }
        }
      }
      let missing = documented.filter { name, family in
        seen.withLock { $0[name] }.map { !$0.labels.isSuperset(of: family.labels) } ?? true
      }
      guard missing.isEmpty else { throw TestbedError("missing: \(missing.keys.sorted())") }
      return true
    }
    for (name, family) in seen.withLock({ $0 }) where !Self.isProvedElsewhere(name) {
      guard let expected = documented[name] else {
        Issue.record("\(name) is not documented")
        continue
      }
      #expect(family.type == expected.type, "\(name)")
      #expect(family.labels == expected.labels, "\(name)")
    }
  }

  /// Whether a suite with servers of its own holds a family against the document.
  private static func isProvedElsewhere(_ name: String) -> Bool {
    ["pg_", "redis_", "gunicorn_", "vitals_statsd_"].contains(where: name.hasPrefix)
  }

  /// The families of docs/metrics.md, but for those.
  private func families() throws -> [String: MetricsPage.Family] {
    var families = try MetricsDocument { !Self.isProvedElsewhere($0) }.families
    for (name, family) in families where family.labels.contains("label_NAME") {
      families[name]?.labels.remove("label_NAME")
      families[name]?.labels.insert("label_\(SwarmScene.nodeLabel)")
    }
    #expect(families.count > 60)
    return families
  }
}
