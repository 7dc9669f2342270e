import Foundation

/// The application of a ``RealRun`` and what it does: requests and tasks in known numbers.
final class RealRunApp: Sendable {
  let worker: CeleryWorker
  private let stores: RealRunStores
  private let app: PilitoApp
  private let web: Gunicorn
  private let beat: CeleryBeat
  /// The requests that were answered, by status.
  private let answers = Monitor<[Int: Int]>([:])

  /// A queue that nobody sends to.
  private static let idleQueue = "reports"

  init(_ stores: RealRunStores, statsd: Int) throws {
    self.stores = stores
    app = stores.app
    web = try Gunicorn(app, .init(workers: 1, statsdHost: "127.0.0.1:\(statsd)", statsdPrefix: "pilito"))
    var endings: [() -> Void] = [web.end]
    do {
      worker = try CeleryWorker(app, .init(queues: [Self.idleQueue]))
      endings.append(worker.end)
      beat = try CeleryBeat(app)
    } catch {
      for ending in endings.reversed() { ending() }
      throw error
    }
  }

  func stop() {
    beat.end()
    worker.end()
    web.end()
  }

  /// How many requests were answered so.
  func count(of status: Int) -> Double { Double(answers.withLock { $0[status] ?? 0 }) }

  // MARK: What happens before all is well

  static let priorities = [0, 3, 6, 9]

  /// The worker serves another queue than the one that is sent to: it is up, and takes nothing.
  var stalled: RealRunCondition {
    RealRunCondition(
      "a worker that is up takes nothing from a queue that fills",
      [
        "CeleryWorkerStalled": ["queue_name": "celery"], "CeleryQueueBacklog": ["queue_name": "celery"],
        "CeleryQueueGrowing": ["queue_name": "celery"],
      ]
    ) { [self] in
      for priority in Self.priorities { try enqueue("ok", #"{"count": 30, "priority": \#(priority)}"#) }
      try enqueue("ok", #"{"count": 5, "queue": "bulk"}"#)
    }
  }

  /// Lets the worker take what waits, and sends a few of each kind: too few for any alert.
  func work() throws {
    for queue in ["celery", "bulk"] {
      try Subprocess.run(app.celery(["control", "add_consumer", queue]), environment: app.environment)
    }
    try sendOfEachKind(1)
    for _ in 0..<60 { try get("/") }
    try get("/fail")
  }

  /// Tasks that end in each of the ways.
  private func sendOfEachKind(_ count: Int) throws {
    try enqueue("fail", #"{"count": \#(count)}"#)
    try enqueue("reject", #"{"count": \#(count)}"#)
    try enqueue("retry", #"{"count": \#(count), "kwargs": {"countdown": 0.1}}"#)
    try enqueue("place", #"{"count": \#(count), "expires": -1, "kwargs": {"item": "late"}}"#)
    try enqueue("place", #"{"count": \#(count), "kwargs": {"item": "chair"}}"#)
  }

  // MARK: What happens then

  var conditions: [RealRunCondition] {
    [
      RealRunCondition("tasks fail", ["CeleryTaskFailureRate": ["name": "orders.tasks.fail"]]) { [self] in
        try sendOfEachKind(6)
      },
      RealRunCondition("requests fail", ["HTTPErrorRate": ["app": "pilito"]]) { [self] in
        for _ in 0..<40 { try get("/fail") }
        // What is no request at all is a line of the log.
        let socket = try RawSocket(.loopback(web.port))
        try socket.send("nonsense\r\n\r\n")
        _ = try? socket.readToEnd()
      },
    ]
  }

  /// The worker is killed with its pool while it holds tasks. What it has not acknowledged stays, here for an hour more
  /// than it does.
  var killed: RealRunCondition {
    RealRunCondition(
      "a worker is killed with tasks in its hands", ["CeleryNoWorkers": [:], "CeleryUnackedOld": [:]]
    ) { [self] in
      try enqueue("slow", #"{"count": 6, "kwargs": {"seconds": 60}}"#)
      try eventually("tasks that wait in the worker") { try stores.broker.cli("hlen", "unacked") != "0" }
      worker.kill()
      let held = try stores.broker.cli("zrange", "unacked_index", "0", "-1").split(whereSeparator: \.isNewline)
      for tag in held {
        try stores.broker.cli("zincrby", "unacked_index", "-4000", String(tag))
      }
    }
  }

  // MARK: Its clients

  private func get(_ target: String) throws { count(try web.get(target)) }

  private func enqueue(_ task: String, _ options: String) throws {
    count(try HTTPClient.request("POST", "/tasks/\(task)", at: .loopback(web.port), body: options))
  }

  private func count(_ answer: HTTPResponse) { answers.withLock { $0[answer.status, default: 0] += 1 } }
}
