import Foundation
import Testing

/// The queues of a real broker, with real tasks in them.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct CeleryQueueTests {
  @Test(arguments: [false, true])
  func `a queue's length is that of all its priorities, and 0 stays when it is empty`(isPrefixed: Bool) throws {
    let scene = try (isPrefixed ? CeleryScene.prefixed : CeleryScene.plain).get().clear()
    for priority in [0, 3, 5, 9] { try scene.web.enqueue("ok", #"{"count": 3, "priority": \#(priority)}"#) }
    try scene.web.enqueue("ok", #"{"count": 2, "queue": "bulk"}"#)
    let vitals = try scene.watch()
    defer { vitals.kill() }
    try vitals.waitForPage("the queues' lengths") { $0.queueLength("celery") == 12 && $0.queueLength("bulk") == 2 }
    #expect(try vitals.page()["celery_workers"] == 0)

    let worker = try CeleryWorker(scene.app)
    defer { worker.end() }
    try vitals.waitForPage("empty queues") { $0.queueLength("celery") == 0 && $0.queueLength("bulk") == 0 }
    try worker.stop()
    try vitals.waitForPage("no worker") { $0["celery_workers"] == 0 }
    let page = try vitals.page()
    #expect(page.samples(of: "celery_queue_length").count == 2, "no queue of the workers' own")
    #expect(page.queueLength("celery") == 0)
    #expect(page["celery_active_worker_count", ["queue_name": "bulk"]] == 0)
    // They were sent before anybody listened, and the worker served both queues.
    #expect(page.tasks("succeeded", "ok", "unknown") == 14)
  }

  @Test func `queues that were named are all that is watched, whether they exist or not`() throws {
    let scene = try CeleryScene.plain.get().clear()
    try scene.web.enqueue("ok", #"{"count": 2}"#)
    let vitals = try scene.watch(["--celery-queue", "celery", "--celery-queue", "later"])
    defer { vitals.kill() }
    try vitals.waitForPage("both") { $0.queueLength("celery") == 2 && $0.queueLength("later") == 0 }
    #expect(try vitals.page().samples(of: "celery_queue_length").count == 2)
  }

  @Test func `what workers hold is counted, and how long they have held it`() throws {
    let scene = try CeleryScene.plain.get().clear()
    let worker = try CeleryWorker(scene.app, .init(concurrency: 1))
    defer { worker.end() }
    let vitals = try scene.watch()
    defer { vitals.kill() }
    // One runs, one waits in the worker, as far as it takes tasks ahead; and one waits for its time.
    try scene.web.enqueue("ok", #"{"countdown": 60}"#)
    try scene.web.enqueue("slow", #"{"count": 2, "kwargs": {"seconds": 30}}"#)
    try vitals.waitForPage("held tasks") { page in
      let held = page["celery_unacked_tasks"]
      return try held == Double(scene.redis.cli("hlen", "unacked")) && held ?? 0 >= 2
    }
    try vitals.waitForPage("some age") { ($0["celery_unacked_oldest_age_seconds"] ?? 0) > 2 }
    let page = try vitals.page()
    let taken = try scene.redis.cli("zrange", "unacked_index", "0", "0", "withscores").split(separator: "\n").last
    let age = Date().timeIntervalSince1970 - (taken.flatMap { Double($0) } ?? 0)
    #expect(abs(age - (page["celery_unacked_oldest_age_seconds"] ?? 0)) < 2)
  }

  @Test func `keys of another kind under a queue's name do no harm`() throws {
    let scene = try CeleryScene.plain.get().clear()
    try scene.web.enqueue("ok")
    try scene.redis.cli("set", "bulk", "mine")
    try scene.redis.cli("set", "_kombu.binding.mine", "not a set")
    try scene.redis.cli("sadd", "_kombu.binding.odd", "x", "a\u{6}\u{16}b")
    let vitals = try scene.watch(["--celery-queue", "celery", "--celery-queue", "bulk"])
    defer { vitals.kill() }
    try vitals.waitForPage("both queues") { $0.queueLength("celery") == 1 && $0.queueLength("bulk") == 0 }
    defer { _ = try? scene.cli("del", "_kombu.binding.mine", "_kombu.binding.odd") }
    let other = try scene.watch()
    defer { other.kill() }
    try other.waitForPage("one queue") { $0.queueLength("celery") == 1 }
    #expect(try other.page()["celery_up"] == 1)
  }
}
