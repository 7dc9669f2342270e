import EventLoop
import Metrics

/// Counts what happened to tasks, by name and queue.
///
/// Names and queues are told once for each task, so they are remembered by its id. Where the queue is not told, which
/// takes `task_send_sent_event`, it is that of the worker, if it serves only one. An event whose queue is not known waits
/// for a moment: what the client tells may arrive after what the worker does.
///
/// Whatever is published, the ledger stays bounded: see `Limits`.
struct TaskLedger: Sendable {
  struct Limits: Sendable {
    /// The values of the labels; one more is `other`.
    var names = 500
    var queues = 100
    var exceptions = 100
    /// Pairs of name and queue, and exceptions of all of them together.
    var pairs = 1000
    var failures = 1000
    /// Tasks whose name and queue are remembered, and how many of them may have ended.
    var tasks = 20_000
    var endedTasks = 2000
    /// Events that wait for their queue to be told.
    var waiting = 10_000

    init() {}
  }

  /// How long an event waits for its queue to be told.
  static let patience = Duration.seconds(1)
  /// Upper bounds of the runtimes, in seconds: from web-sized tasks to half an hour.
  static let bounds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800]

  struct Pair: Hashable {
    var name: Int
    var queue: Int
  }

  struct Tally: Sendable {
    /// By `TaskEvent.Kind`'s order; failures are counted by exception besides.
    var counts = [Int](repeating: 0, count: TaskEvent.Kind.allCases.count)
    var failures: [Int: Int] = [:]
    var runtimes: Distribution?
  }

  private struct Waiting: Sendable {
    var kind: TaskEvent.Kind
    var task: Int
    var worker: String?
    var exception: Int?
    var runtime: Double?
    var since: Instant
  }

  private let limits: Limits
  private(set) var names: Vocabulary
  private(set) var queues: Vocabulary
  private(set) var exceptions: Vocabulary
  private(set) var tallies: [Pair: Tally] = [:]
  private var memory: TaskMemory
  /// The queue of each worker that serves only one.
  private var onlyQueues: [String: Int] = [:]
  private var waiting: [Waiting] = []
  /// Where the first of them is that still waits.
  private var firstWaiting = 0
  private var failureSeries = 0

  init(_ limits: Limits = Limits()) {
    self.limits = limits
    names = Vocabulary(limit: limits.names)
    queues = Vocabulary(limit: limits.queues)
    exceptions = Vocabulary(limit: limits.exceptions)
    memory = TaskMemory(capacity: limits.tasks, endedCapacity: limits.endedTasks)
  }

  /// How many tasks are remembered.
  var rememberedTasks: Int { memory.count }

  /// How often a value of a label was turned into `other`.
  var folded: (names: Int, queues: Int, exceptions: Int) { (names.folded, queues.folded, exceptions.folded) }

  /// Takes an event that arrived at that time.
  mutating func record(_ event: TaskEvent, at now: Instant) {
    let task = event.uuid.hashValue
    memory.note(
      task, name: event.name.map { names.number(of: $0) }, queue: event.queue.map { queues.number(of: $0) },
      isEnd: event.kind.isEnd)
    let waiting = Waiting(
      kind: event.kind, task: task, worker: event.hostname,
      exception: event.kind == .failed ? exceptions.number(of: event.exception ?? "") : nil,
      runtime: event.kind == .succeeded ? event.runtime : nil, since: now)
    if let entry = memory[task], entry.name != nil, entry.queue != nil {
      count(waiting)
    } else {
      if self.waiting.count - firstWaiting >= limits.waiting { countFirstWaiting() }
      self.waiting.append(waiting)
    }
  }

  /// Notes which queues the workers serve.
  mutating func setQueues(ofWorkers served: [String: [String]]) {
    onlyQueues = served.filter { $0.value.count == 1 }.compactMapValues { $0.first.map { queues.number(of: $0) } }
  }

  /// Counts the events that have waited long enough.
  mutating func settle(at now: Instant) {
    while firstWaiting < waiting.count, now - waiting[firstWaiting].since >= TaskLedger.patience { countFirstWaiting() }
  }

  private mutating func countFirstWaiting() {
    count(waiting[firstWaiting])
    firstWaiting += 1
    if firstWaiting == waiting.count {
      waiting.removeAll(keepingCapacity: false)
      firstWaiting = 0
    } else if firstWaiting >= limits.waiting {
      waiting.removeFirst(firstWaiting)
      firstWaiting = 0
    }
  }

  private mutating func count(_ event: Waiting) {
    let entry = memory[event.task]
    var pair = Pair(
      name: entry?.name ?? Vocabulary.unknown,
      queue: entry?.queue ?? event.worker.flatMap { onlyQueues[$0] } ?? Vocabulary.unknown)
    if tallies[pair] == nil, tallies.count >= limits.pairs {
      pair = Pair(name: names.foldedNumber(), queue: queues.foldedNumber())
    }
    tallies[pair, default: Tally()].count(event.kind, runtime: event.runtime)
    if let exception = event.exception { countFailure(exception, of: pair) }
  }

  private mutating func countFailure(_ exception: Int, of pair: Pair) {
    var exception = exception
    if tallies[pair]?.failures[exception] == nil {
      if failureSeries >= limits.failures { exception = exceptions.foldedNumber() } else { failureSeries += 1 }
    }
    tallies[pair, default: Tally()].failures[exception, default: 0] += 1
  }
}

extension TaskLedger.Tally {
  fileprivate mutating func count(_ kind: TaskEvent.Kind, runtime: Double?) {
    counts[kind.index] += 1
    guard let runtime else { return }
    if runtimes == nil { runtimes = Distribution(bounds: TaskLedger.bounds) }
    runtimes?.observe(runtime)
  }
}

extension TaskEvent.Kind {
  /// Its place among all of them.
  var index: Int {
    switch self {
    case .sent: 0
    case .received: 1
    case .started: 2
    case .succeeded: 3
    case .failed: 4
    case .rejected: 5
    case .revoked: 6
    case .retried: 7
    }
  }
}
