import Foundation
import Testing

/// A broker that is not there, does not answer, or does not let us in.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct CeleryFailureTests {
  /// What docs/configuration.md tells to let the service do.
  private static func documentedRule() throws -> String {
    let block = try Document("docs/configuration.md").lines.drop { !$0.contains("ACL SETUSER vitals on >password ~") }
      .prefix { $0.hasPrefix("    ") }
    guard let command = block.first?.range(of: "ACL SETUSER ") else { throw TestbedError("no rule in the document") }
    let text = block.joined().replacing("\\", with: "")
    return String(text[command.upperBound...])
  }

  private func isGone(_ page: MetricsPage) -> Bool {
    page["celery_up"] == 0 && page["celery_events_subscribed"] == 0
      && page.families.keys.filter { $0.hasPrefix("celery_") }.sorted() == [
        "celery_events_folded_total", "celery_events_malformed_total", "celery_events_subscribed", "celery_up",
      ]
  }

  @Test func `a broker that stops takes its families along, and brings the counters back`() throws {
    let scene = try CeleryScene.plain.get().clear()
    let vitals = try scene.watch()
    defer { vitals.kill() }
    try scene.web.enqueue("ok", #"{"count": 4}"#)
    try vitals.waitForPage("tasks") { $0.tasks("sent", "ok") == 4 && $0.queueLength("celery") == 4 }
    scene.redis.kill()
    defer { try? scene.redis.start() }
    try vitals.waitForPage("its end") { isGone($0) }
    #expect(try vitals.page()["vitals_collector_up", ["collector": "celery"]] == 0)
    #expect(try vitals.get("/health/live").status == 200)
    try scene.redis.start()
    try vitals.waitForPage("its return") { $0["celery_up"] == 1 && $0["celery_events_subscribed"] == 1 }
    #expect(try vitals.page().tasks("sent", "ok") == 4)
    try scene.web.enqueue("ok", #"{"count": 2}"#)
    try vitals.waitForPage("more tasks") { $0.tasks("sent", "ok") == 6 }
    #expect(vitals.errorOutput.components(separatedBy: "collector failed").count == 2, "told once")
    #expect(vitals.errorOutput.components(separatedBy: "events are lost").count == 2, "told once")
  }

  @Test func `a broker that hangs is down until it goes on`() throws {
    let scene = try CeleryScene.plain.get().clear()
    let vitals = try scene.watch()
    defer { vitals.kill() }
    try scene.redis.pause()
    defer { scene.redis.resume() }
    try vitals.waitForPage("down") { $0["celery_up"] == 0 }
    try vitals.waitForPage("without subscription") { $0["celery_events_subscribed"] == 0 }
    #expect(try vitals.get("/health/live").status == 200)
    scene.redis.resume()
    try vitals.waitForPage("up again") { $0["celery_up"] == 1 && $0["celery_events_subscribed"] == 1 }
  }

  @Test func `a wrong password is told without quoting it, and mended without a restart`() throws {
    let redis = try RedisServer(.init(password: "right"))
    defer { redis.stop() }
    let vitals = try VitalsProcess(
      serve: ["--collect", "celery", "--refresh", "200ms", "--celery-broker-url", redis.url(password: "s3cret")])
    defer { vitals.kill() }
    try vitals.waitForPage("a refusal") { isGone($0) }
    #expect(vitals.errorOutput.contains("WRONGPASS") || vitals.errorOutput.contains("invalid"))
    try redis.cli("config", "set", "requirepass", "s3cret")
    try vitals.waitForPage("entry") { $0["celery_up"] == 1 }
    #expect(!vitals.errorOutput.contains("s3cret"))
  }

  /// What a user may not do, and whether the queues are still told.
  @Test(arguments: [("-llen", false), ("-publish", false), ("-srem", false), ("-psubscribe", true)])
  func `a user who may not do all of it is told what is missing`(rule: String, isUp: Bool) throws {
    let user = "vitals on >secret allchannels allkeys +@all \(rule)"
    let redis = try RedisServer(.init(users: [user]))
    defer { redis.stop() }
    let vitals = try VitalsProcess(
      serve: [
        "--collect", "celery", "--refresh", "200ms", "--celery-queue", "celery", "--celery-broker-url",
        redis.url(user: "vitals", password: "secret"),
      ])
    defer { vitals.kill() }
    try vitals.waitForLine(containing: "NOPERM")
    try vitals.waitForPage("what is left") {
      $0["celery_up"] == (isUp ? 1 : 0) && $0["celery_events_subscribed"] == (isUp ? 0 : 1)
    }
    try redis.cli("acl", "setuser", "vitals", "+\(rule.dropFirst())")
    try vitals.waitForPage("all of it") { $0["celery_up"] == 1 && $0["celery_events_subscribed"] == 1 }
  }

  @Test func `the documented rights are enough`() throws {
    let scene = try CeleryScene.plain.get().clear()
    try scene.redis.cli(
      ["acl", "setuser"]
        + Self.documentedRule().replacing("password", with: "secret").split(separator: " ").map(String.init))
    defer { _ = try? scene.redis.cli("acl", "deluser", "vitals") }
    let worker = try CeleryWorker(scene.app)
    defer { worker.end() }
    let vitals = try VitalsProcess(
      serve: [
        "--collect", "celery", "--refresh", "200ms", "--celery-broker-url",
        scene.redis.url(user: "vitals", password: "secret"),
      ])
    defer { vitals.kill() }
    try vitals.waitForPage("all of it") {
      $0["celery_up"] == 1 && $0["celery_events_subscribed"] == 1 && $0.isUp(worker.hostname) == 1
        && $0.queueLength("bulk") == 0
    }
    #expect(!vitals.errorOutput.contains("NOPERM"))
  }
}
