import EventLoop
import Metrics
import TestSupport
import Testing

@testable import Celery

@Suite struct TaskLedgerTests {
  private let start = Instant(nanoseconds: 0)

  private func event(
    _ kind: TaskEvent.Kind, _ uuid: String = "u", name: String? = nil, queue: String? = nil, exception: String? = nil,
    runtime: Double? = nil
  ) -> TaskEvent {
    TaskEvent(
      kind: kind, uuid: uuid, hostname: "w", name: name, queue: queue, exception: exception, runtime: runtime)
  }

  @Test func `the real events come to exactly what was done`() throws {
    var ledger = TaskLedger()
    for message in try Fixture.events() {
      for case .task(let event) in EventDecoder().decode(message).events { ledger.record(event, at: start) }
    }
    ledger.settle(at: start + .seconds(1))
    let page = Page(ledger.families)
    // sent, received, started, succeeded, rejected, revoked, retried
    let expected: [(name: String, queue: String, counts: [Double])] = [
      ("ok", "celery", [8, 7, 6, 6, 0, 1, 0]), ("ok", "bulk", [1, 1, 1, 1, 0, 0, 0]),
      ("fail", "celery", [1, 1, 1, 0, 0, 0, 0]), ("reject", "celery", [1, 1, 1, 0, 1, 0, 0]),
      ("retry", "celery", [3, 3, 3, 1, 0, 0, 2]), ("place", "celery", [1, 1, 1, 1, 0, 0, 0]),
      ("slow", "celery", [3, 3, 2, 0, 0, 3, 0]),
    ]
    for (name, queue, counts) in expected {
      let kinds = TaskEvent.Kind.allCases.filter { $0 != .failed }
      let labels: KeyValuePairs = ["name": "orders.tasks.\(name)", "queue_name": queue]
      #expect(kinds.map { page["celery_task_\($0.rawValue)_total", labels] } == counts, "\(name) \(queue)")
    }
    func failed(_ name: String, _ exception: String) -> Double? {
      page[
        "celery_task_failed_total", ["name": "orders.tasks.\(name)", "queue_name": "celery", "exception": exception]]
    }
    #expect(failed("fail", "PaymentDeclined") == 1)
    #expect(failed("reject", "UnknownException") == 1)
    #expect(failed("ok", "") == 0)
    #expect(page["celery_task_runtime_seconds_count", ["name": "orders.tasks.ok"]] == 7)
    #expect(page["celery_task_runtime_count", ["name": "orders.tasks.ok", "queue_name": "bulk"]] == 1)
    #expect(page["celery_task_runtime_seconds_bucket", ["name": "orders.tasks.ok", "le": "+Inf"]] == 7)
    #expect(!page.names.contains { $0.contains("unknown") })
    // One of them was sent three times.
    #expect(ledger.rememberedTasks == 18 - 2)
  }

  @Test func `an event that overtook the client's waits for its queue`() {
    var ledger = TaskLedger()
    ledger.record(event(.received, name: "n"), at: start)
    ledger.settle(at: start + .milliseconds(999))
    #expect(ledger.families.flatMap(\.samples).isEmpty)
    ledger.record(event(.sent, name: "n", queue: "q"), at: start + .milliseconds(1))
    ledger.record(event(.started), at: start + .milliseconds(2))
    ledger.settle(at: start + .seconds(1))
    let page = Page(ledger.families)
    for kind in ["sent", "received", "started"] {
      #expect(page["celery_task_\(kind)_total", ["name": "n", "queue_name": "q"]] == 1, "\(kind)")
    }
    #expect(!page.names.contains { $0.contains("unknown") })
  }

  @Test func `a queue that nobody tells is the worker's, if it serves only one`() {
    var ledger = TaskLedger()
    ledger.setQueues(ofWorkers: ["w": ["bulk"], "v": ["celery", "bulk"]])
    ledger.record(event(.received, "a", name: "n"), at: start)
    ledger.record(TaskEvent(kind: .received, uuid: "b", hostname: "v", name: "n"), at: start)
    ledger.record(TaskEvent(kind: .received, uuid: "c", name: "n"), at: start)
    ledger.settle(at: start + .seconds(1))
    let page = Page(ledger.families)
    #expect(page["celery_task_received_total", ["name": "n", "queue_name": "bulk"]] == 1)
    #expect(page["celery_task_received_total", ["name": "n", "queue_name": "unknown"]] == 2)
  }

  @Test func `a task of which only the end was heard has no name`() {
    var ledger = TaskLedger()
    ledger.record(event(.failed, exception: "E"), at: start)
    ledger.settle(at: start + .seconds(1))
    let failures = Page(ledger.families).names.filter { $0.hasPrefix("celery_task_failed_total{") }
    #expect(failures.contains(#"celery_task_failed_total{name="unknown",queue_name="unknown",exception="E"}"#))
  }

  @Test func `runtimes are counted in ranges`() {
    var ledger = TaskLedger()
    for (index, runtime) in [0.005, 0.006, 1, 1800, 3e8].enumerated() {
      ledger.record(event(.succeeded, "\(index)", name: "n", queue: "q", runtime: runtime), at: start)
    }
    ledger.record(event(.succeeded, "x", name: "n", queue: "q"), at: start)
    let page = Page(ledger.families)
    func bucket(_ bound: String) -> Double? {
      page["celery_task_runtime_seconds_bucket", ["name": "n", "le": bound]]
    }
    #expect(["0.005", "0.025", "0.5", "1.0", "300.0", "1800.0", "+Inf"].map(bucket) == [1, 2, 2, 3, 3, 4, 5])
    #expect(page["celery_task_runtime_seconds_sum", ["name": "n"]] == 3e8 + 1801.011)
    #expect(page["celery_task_succeeded_total", ["name": "n", "queue_name": "q"]] == 6)
  }

  @Test func `whatever is published, there are only so many series`() {
    var limits = TaskLedger.Limits()
    (limits.names, limits.queues, limits.exceptions) = (5, 3, 4)
    (limits.pairs, limits.failures, limits.tasks, limits.endedTasks, limits.waiting) = (6, 7, 20, 5, 10)
    var ledger = TaskLedger(limits)
    for index in 0..<2000 {
      ledger.record(
        event(
          .failed, "\(index)", name: "n\(index % 50)", queue: "q\(index % 30)", exception: "E\(index % 40)"),
        at: start)
      ledger.record(event(.received, "w\(index)", name: "m\(index)"), at: start)
      #expect(ledger.rememberedTasks <= 20)
    }
    ledger.settle(at: start + .seconds(1))
    let page = Page(ledger.families)
    // One more for what is folded.
    #expect(page.names.count { $0.hasPrefix("celery_task_received_total") } <= 7)
    #expect(page.names.count { $0.hasPrefix("celery_task_failed_total") } <= 7 + 7 + 7)
    func sum(_ family: String) -> Double {
      page.names.filter { $0.hasPrefix(family) }.compactMap { page[$0] }.reduce(0, +)
    }
    #expect(sum("celery_task_failed_total") == 2000)
    #expect(sum("celery_task_received_total") == 2000)
    let folded = ledger.folded
    #expect(folded.names > 0 && folded.queues > 0 && folded.exceptions > 0)
  }

  @Test func `a name that is known goes on to be counted when there are too many`() {
    var limits = TaskLedger.Limits()
    limits.names = 1
    var ledger = TaskLedger(limits)
    for (index, name) in ["first", "second", "first", "other"].enumerated() {
      ledger.record(event(.sent, "\(index)", name: name, queue: "q"), at: start)
    }
    let page = Page(ledger.families)
    #expect(page["celery_task_sent_total", ["name": "first", "queue_name": "q"]] == 2)
    #expect(page["celery_task_sent_total", ["name": "other", "queue_name": "q"]] == 2)
    #expect(ledger.folded.names == 1)
  }
}
