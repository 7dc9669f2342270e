import EventLoop
import TestSupport
import Testing

@testable import Celery

@Suite struct WorkerLedgerTests {
  private let start = Instant(nanoseconds: 0)

  private func page(_ ledger: WorkerLedger, at seconds: Double) -> Page {
    Page(ledger.families(at: start + .seconds(seconds), wall: 1000 + seconds))
  }

  @Test func `a worker is up for three heartbeats and a moment more`() {
    var ledger = WorkerLedger()
    ledger.record(Heartbeat(hostname: "w", frequency: 2, active: 3, processed: 7), at: start)
    #expect(page(ledger, at: 10.9)["celery_worker_up", ["hostname": "w"]] == 1)
    #expect(page(ledger, at: 10.9)["celery_workers"] == 1)
    #expect(page(ledger, at: 10.9)["celery_worker_tasks_active", ["hostname": "w"]] == 3)
    let late = page(ledger, at: 11)
    #expect(late["celery_worker_up", ["hostname": "w"]] == 0)
    #expect(late["celery_workers"] == 0)
    #expect(late["celery_worker_tasks_active", ["hostname": "w"]] == 0)
    #expect(late["celery_worker_tasks_processed_total", ["hostname": "w"]] == 7)
    #expect(late["celery_worker_last_heartbeat_timestamp_seconds", ["hostname": "w"]] == 1000)
    ledger.record(Heartbeat(hostname: "w", frequency: 30), at: start + .seconds(20))
    #expect(page(ledger, at: 114)["celery_worker_up", ["hostname": "w"]] == 1)
  }

  @Test func `a worker that says that it ends is down at once`() {
    var ledger = WorkerLedger()
    ledger.record(Heartbeat(hostname: "w", active: 1), at: start)
    ledger.recordAnswers(["w"], at: start)
    ledger.recordEnd("w", at: start + .seconds(1))
    ledger.recordEnd("stranger", at: start)
    #expect(page(ledger, at: 1)["celery_worker_up", ["hostname": "w"]] == 0)
    #expect(ledger.workers.count == 1)
  }

  @Test func `a worker without heartbeats is up while it answers`() {
    var ledger = WorkerLedger()
    ledger.recordAnswers(["quiet", "w"], at: start)
    #expect(page(ledger, at: 500)["celery_workers"] == 2)
    ledger.recordAnswers(["w"], at: start + .seconds(500))
    let page = page(ledger, at: 500)
    #expect(page["celery_worker_up", ["hostname": "quiet"]] == 0)
    #expect(page["celery_worker_up", ["hostname": "w"]] == 1)
    #expect(page["celery_worker_tasks_active", ["hostname": "w"]] == nil)
  }

  @Test func `a worker that is gone is forgotten ten minutes after its last sign`() {
    var ledger = WorkerLedger()
    ledger.record(Heartbeat(hostname: "w"), at: start)
    ledger.purge(at: start + .seconds(599))
    #expect(ledger.workers.count == 1)
    ledger.purge(at: start + .seconds(600))
    #expect(ledger.workers.isEmpty)
  }

  @Test func `a worker's count goes on when it starts again`() {
    var ledger = WorkerLedger()
    for processed in [10, 15, 0, 4, 4, 2] {
      ledger.record(Heartbeat(hostname: "w", processed: processed), at: start)
    }
    #expect(page(ledger, at: 0)["celery_worker_tasks_processed_total", ["hostname": "w"]] == 21)
  }

  @Test func `claims out of all reason do not overflow`() {
    var ledger = WorkerLedger()
    for index in 0..<10_000 {
      ledger.record(Heartbeat(hostname: "w", processed: index % 2 == 0 ? 1 << 53 : 0), at: start)
    }
    #expect(page(ledger, at: 0)["celery_worker_tasks_processed_total", ["hostname": "w"]] == 5000 * 0x1p53)
  }

  @Test func `there are only so many workers`() {
    var ledger = WorkerLedger()
    for index in 0..<1000 { ledger.record(Heartbeat(hostname: "\(index)"), at: start) }
    #expect(ledger.workers.count == WorkerLedger.limit)
    #expect(ledger.folded == 1000 - WorkerLedger.limit)
    ledger.record(Heartbeat(hostname: "0", active: 5), at: start)
    #expect(page(ledger, at: 0)["celery_worker_tasks_active", ["hostname": "0"]] == 5)
  }
}
