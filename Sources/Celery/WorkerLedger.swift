import EventLoop
import Metrics

/// Which workers there are, by their heartbeats and by their answers.
///
/// Times are those of arrival: a worker's own clock may be wrong, and has a time zone.
struct WorkerLedger: Sendable {
  /// How many workers are known at most; the heartbeats of others are counted and dropped.
  static let limit = 500
  /// How long after three heartbeats that did not come a worker counts as down.
  static let grace = Duration.seconds(5)
  /// How long a worker that is down is told of.
  static let memory = Duration.seconds(600)

  struct Worker: Sendable {
    /// The last sign of life, of whatever kind.
    var lastSeen: Instant
    var lastHeartbeat: Instant?
    /// Until when the last heartbeat counts.
    var expiry: Instant
    /// Whether it answered the last ping.
    var answers = false
    var active = 0
    /// The tasks processed since this worker was first seen, with those of before.
    ///
    /// A floating-point number, as a sum of what anybody may claim can't overflow it.
    var processed = 0.0
    /// The worker's own count, which starts again with the worker.
    fileprivate var ownProcessed = 0

    func isUp(at now: Instant) -> Bool { answers || now < expiry }
  }

  private(set) var workers: [String: Worker] = [:]
  /// How many heartbeats were dropped.
  private(set) var folded = 0

  init() {}

  /// How many workers are up.
  func count(at now: Instant) -> Int { workers.values.count { $0.isUp(at: now) } }

  mutating func record(_ heartbeat: Heartbeat, at now: Instant) {
    note(heartbeat.hostname, at: now) { worker in
      worker.lastHeartbeat = now
      worker.expiry = now + .seconds(3 * heartbeat.frequency) + WorkerLedger.grace
      worker.active = heartbeat.active
      // Less than before: the worker was started again, and has processed that many since.
      let isRestart = heartbeat.processed < worker.ownProcessed
      worker.processed += Double(heartbeat.processed - (isRestart ? 0 : worker.ownProcessed))
      worker.ownProcessed = heartbeat.processed
    }
  }

  /// Notes that a worker said that it ends.
  mutating func recordEnd(_ hostname: String, at now: Instant) {
    guard workers[hostname] != nil else { return }
    note(hostname, at: now) { worker in
      worker.expiry = now
      worker.answers = false
      worker.active = 0
    }
  }

  /// Notes who answered a ping; all others did not.
  mutating func recordAnswers(_ hostnames: some Sequence<String>, at now: Instant) {
    for hostname in workers.keys { workers[hostname]?.answers = false }
    for hostname in hostnames { note(hostname, at: now) { $0.answers = true } }
  }

  /// Forgets workers that have been down for long: each deployment of containers brings new names.
  mutating func purge(at now: Instant) {
    workers = workers.filter { $0.value.isUp(at: now) || now - $0.value.lastSeen < WorkerLedger.memory }
  }

  private mutating func note(_ hostname: String, at now: Instant, _ change: (inout Worker) -> Void) {
    guard workers[hostname] != nil || workers.count < WorkerLedger.limit else {
      folded += 1
      return
    }
    var worker = workers[hostname] ?? Worker(lastSeen: now, expiry: now)
    worker.lastSeen = now
    change(&worker)
    workers[hostname] = worker
  }
}

extension WorkerLedger {
  /// The families of the workers.
  ///
  /// - Parameter wall: the time that `now` is, in seconds since 1970.
  func families(at now: Instant, wall: Double) -> [Family] {
    var count = Family("celery_workers", .gauge, help: "Workers that answer or whose heartbeats arrive.")
    count.add(self.count(at: now))
    var up = Family("celery_worker_up", .gauge, help: "Whether a worker answers or its heartbeats arrive.")
    var active = Family("celery_worker_tasks_active", .gauge, help: "Tasks that a worker runs.")
    var processed = Family("celery_worker_tasks_processed_total", .counter, help: "Tasks that a worker has begun.")
    var heartbeat = Family(
      "celery_worker_last_heartbeat_timestamp_seconds", .gauge, help: "When a worker's last heartbeat arrived.",
      unit: "seconds")
    for (hostname, worker) in workers {
      let labels: Labels = ["hostname": hostname]
      let isUp = worker.isUp(at: now)
      up.add(isUp, labels)
      guard let last = worker.lastHeartbeat else { continue }
      active.add(isUp ? worker.active : 0, labels)
      processed.add(worker.processed, labels)
      heartbeat.add(wall - now.seconds(since: last), labels)
    }
    return [count, up, active, processed, heartbeat]
  }
}
