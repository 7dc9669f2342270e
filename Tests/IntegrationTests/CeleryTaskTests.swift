import Foundation
import Testing

/// Real workers and what they tell of their tasks.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct CeleryTaskTests {
  @Test func `known tasks come to exact numbers`() throws {
    let scene = try CeleryScene.plain.get().clear()
    let vitals = try scene.watch()
    defer { vitals.kill() }
    let worker = try CeleryWorker(scene.app)
    defer { worker.end() }
    for priority in [0, 3, 5, 9] { try scene.web.enqueue("ok", #"{"count": 25, "priority": \#(priority)}"#) }
    try scene.web.enqueue("ok", #"{"count": 40, "queue": "bulk"}"#)
    try scene.web.enqueue("fail", #"{"count": 7}"#)
    try scene.web.enqueue("retry", #"{"count": 3, "kwargs": {"times": 2, "countdown": 0.1}}"#)
    try scene.web.enqueue("reject", #"{"count": 2}"#)
    try scene.web.enqueue("ok", #"{"count": 4, "expires": -1}"#)
    let slow = try scene.web.enqueue("slow", #"{"kwargs": {"seconds": 60}}"#)
    try vitals.waitForPage("the slow one") { $0.tasks("started", "slow") == 1 }
    try scene.celery(["control", "terminate", "SIGTERM", slow[0]])

    // sent, received, started, succeeded, rejected, revoked, retried
    let kinds = ["sent", "received", "started", "succeeded", "rejected", "revoked", "retried"]
    let expected: [(String, String, [Double])] = [
      ("ok", "celery", [104, 100, 100, 100, 0, 4, 0]), ("ok", "bulk", [40, 40, 40, 40, 0, 0, 0]),
      ("fail", "celery", [7, 7, 7, 0, 0, 0, 0]), ("retry", "celery", [9, 9, 9, 3, 0, 0, 6]),
      ("reject", "celery", [2, 2, 2, 0, 2, 0, 0]), ("slow", "celery", [1, 1, 1, 0, 0, 1, 0]),
    ]
    func told(_ page: MetricsPage) -> [[Double?]] {
      expected.map { name, queue, _ in kinds.map { page.tasks($0, name, queue) } }
    }
    try vitals.waitForPage("exact numbers") { page in
      guard told(page) == expected.map(\.2) else { throw TestbedError("\(told(page))") }
      return true
    }
    // And no more of them, ever.
    try worker.stop()
    try vitals.waitForPage("no worker") { $0["celery_workers"] == 0 }
    let page = try vitals.page()
    #expect(told(page) == expected.map(\.2))
    #expect(page.tasks("failed", "fail", exception: "PaymentDeclined") == 7)
    #expect(page.tasks("failed", "reject", exception: "UnknownException") == 2)
    #expect(page.samples(of: "celery_task_failed_total").values.reduce(0, +) == 9)
    #expect(page.samples(of: "celery_task_sent_total").count == expected.count, "nothing unknown")
    #expect(page["celery_task_runtime_seconds_count", ["name": "orders.tasks.ok"]] == 140)
    #expect(page["celery_task_runtime_count", ["name": "orders.tasks.ok", "queue_name": "bulk"]] == 40)
    let seconds = page["celery_task_runtime_seconds_sum", ["name": "orders.tasks.ok"]] ?? -1
    #expect(seconds > 0 && seconds < 30)
    // Those that had expired were not begun.
    #expect(page["celery_worker_tasks_processed_total", ["hostname": worker.hostname]] == 159)
    #expect(page["celery_events_malformed_total"] == 0)
  }

  @Test func `workers that serve one queue each tell it, where clients do not say`() throws {
    let scene = try CeleryScene.prefixed.get().clear()
    let workers = try [
      CeleryWorker(scene.app, .init(name: "w1", queues: ["celery"])),
      CeleryWorker(scene.app, .init(name: "w2", queues: ["bulk"])),
    ]
    defer { for worker in workers { worker.end() } }
    let ids = try scene.web.enqueue("slow", #"{"count": 2, "queue": "bulk", "kwargs": {"seconds": 0.1}}"#)
    try scene.web.wait(for: ids, toBe: "SUCCESS")
    let early = try scene.watch()
    defer { early.kill() }
    try scene.web.enqueue("slow", #"{"count": 2, "queue": "bulk", "kwargs": {"seconds": 5}}"#)
    try early.waitForPage("two that run") { $0.tasks("started", "slow", "bulk") == 2 }
    try workers[1].pausePool()
    // Too late for what clients and workers told first: a task's end is all that is heard of it.
    let vitals = try scene.watch()
    defer { vitals.kill() }
    try vitals.waitForPage("who serves the queue") { $0["celery_active_worker_count", ["queue_name": "bulk"]] == 1 }
    #expect(try vitals.page().samples(of: "celery_task_succeeded_total").isEmpty)
    workers[1].resume()
    try vitals.waitForPage("the ends") {
      $0["celery_task_succeeded_total", ["name": "unknown", "queue_name": "bulk"]] == 2
    }
  }

  @Test func `a worker without -E is known by its heartbeats alone`() throws {
    let scene = try CeleryScene.prefixed.get().clear()
    let vitals = try scene.watch()
    defer { vitals.kill() }
    let worker = try CeleryWorker(scene.app, .init(name: "quiet", sendsTaskEvents: false))
    defer { worker.end() }
    try scene.web.enqueue("ok", #"{"count": 5}"#)
    try vitals.waitForPage("processed tasks") {
      $0["celery_worker_tasks_processed_total", ["hostname": worker.hostname]] == 5
    }
    try scene.web.enqueue("slow", #"{"count": 2, "kwargs": {"seconds": 5}}"#)
    try vitals.waitForPage("active tasks") { $0["celery_worker_tasks_active", ["hostname": worker.hostname]] == 2 }
    try vitals.waitForPage("sent tasks") { $0.tasks("sent", "ok") == 5 }
    #expect(try vitals.page().tasks("received", "ok") == 0)
  }
}
