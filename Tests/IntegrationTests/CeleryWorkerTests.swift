import Foundation
import Testing

/// Which workers there are, in every state that a worker can be in.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct CeleryWorkerTests {
  private let scene: CeleryScene

  init() throws {
    scene = try CeleryScene.prefixed.get().clear()
  }

  @Test func `two workers are told apart, with their queues and processes`() throws {
    let first = try CeleryWorker(scene.app, .init(name: "w1", concurrency: 2, queues: ["celery", "bulk"]))
    defer { first.end() }
    let vitals = try scene.watch()
    defer { vitals.kill() }
    let second = try CeleryWorker(
      scene.app, .init(name: "w2", concurrency: 3, queues: ["bulk"], arguments: ["--pool", "threads"]))
    defer { second.end() }
    func counts(_ page: MetricsPage) -> [Double?] {
      ["worker", "process"].flatMap { kind in
        ["celery", "bulk"].map { page["celery_active_\(kind)_count", ["queue_name": $0]] }
      }
    }
    try vitals.waitForPage("both") { $0["celery_workers"] == 2 && counts($0) == [1, 2, 2, 5] }
    let page = try vitals.page()
    #expect([first, second].map { page.isUp($0.hostname) } == [1, 1])
    // A worker may have answered before its first heartbeat.
    try vitals.waitForPage("a heartbeat of this moment") {
      let heartbeat = $0["celery_worker_last_heartbeat_timestamp_seconds", ["hostname": first.hostname]] ?? 0
      return abs(heartbeat - Date().timeIntervalSince1970) < 10
    }

    // One says that it ends.
    try second.stop()
    try vitals.waitForPage(within: .seconds(5), "one") { $0["celery_workers"] == 1 && counts($0) == [1, 1, 2, 2] }
    #expect(try vitals.page().isUp(second.hostname) == 0)
  }

  @Test func `a worker that was killed is down when its heartbeats have stopped`() throws {
    let vitals = try scene.watch()
    defer { vitals.kill() }
    let worker = try CeleryWorker(scene.app)
    defer { worker.end() }
    try scene.web.enqueue("ok", #"{"count": 3}"#)
    let processed = ["hostname": worker.hostname]
    try vitals.waitForPage("tasks") { $0["celery_worker_tasks_processed_total", processed] == 3 }
    worker.kill()
    try vitals.waitForPage(within: .seconds(20), "down") { $0.isUp(worker.hostname) == 0 && $0["celery_workers"] == 0 }
    #expect(try vitals.page()["celery_worker_tasks_processed_total", processed] == 3)

    let next = try CeleryWorker(scene.app)
    defer { next.end() }
    try scene.web.enqueue("ok", #"{"count": 2}"#)
    try vitals.waitForPage("its successor") {
      $0.isUp(worker.hostname) == 1 && $0["celery_worker_tasks_processed_total", processed] == 5
    }
  }

  @Test func `a worker that hangs is down, and up again`() throws {
    let vitals = try scene.watch()
    defer { vitals.kill() }
    let worker = try CeleryWorker(scene.app)
    defer { worker.end() }
    let before = try scene.lastingKeys()
    try vitals.waitForPage("up") { $0.isUp(worker.hostname) == 1 }
    try worker.pause()
    try vitals.waitForPage(within: .seconds(40), "down") { $0.isUp(worker.hostname) == 0 }
    #expect(try vitals.page()["celery_up"] == 1)
    worker.resume()
    try vitals.waitForPage(within: .seconds(30), "up again") { $0.isUp(worker.hostname) == 1 }
    // It has answered all the questions of that time, to nobody.
    vitals.signal(SIGTERM)
    #expect(vitals.wait() == .code(0))
    #expect(try scene.lastingKeys().subtracting(before).isEmpty, "no reply left behind")
  }

  @Test func `a worker without heartbeats is up while it answers`() throws {
    let vitals = try scene.watch()
    defer { vitals.kill() }
    let worker = try CeleryWorker(scene.app, .init(arguments: ["--without-heartbeat", "--without-gossip"]))
    defer { worker.end() }
    try vitals.waitForPage("up") { $0.isUp(worker.hostname) == 1 && $0["celery_workers"] == 1 }
    worker.kill()
    try vitals.waitForPage("down") { $0.isUp(worker.hostname) == 0 && $0["celery_workers"] == 0 }
  }

  @Test func `asking leaves no key behind, whoever else listens`() throws {
    let worker = try CeleryWorker(scene.app)
    defer { worker.end() }
    let before = try scene.lastingKeys()
    #expect(!before.contains(scene.replyBindings))
    // Of a service that was killed long ago.
    try scene.cli(
      "sadd", scene.replyBindings,
      "vitals-1000000000-f00\u{6}\u{16}\u{6}\u{16}vitals-1000000000-f00.reply.celery.pidbox")
    // A monitor that is counted among the workers, and never answers.
    let monitor = try Subprocess(["redis-cli", "-s", scene.redis.socketPath, "psubscribe", "*"])
    defer { monitor.kill() }
    let vitals = try scene.watch()
    defer { vitals.kill() }
    try vitals.waitForPage("the worker") { $0["celery_workers"] == 1 }
    try eventually("questions") { monitor.output.components(separatedBy: "celery.pidbox").count > 10 }
    vitals.signal(SIGTERM)
    #expect(vitals.wait() == .code(0))
    #expect(try scene.lastingKeys() == before)
  }
}
