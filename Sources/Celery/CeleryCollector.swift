package import EventLoop
import Health
package import Metrics
package import Redis

/// Asks a broker about Celery's queues, asks the workers about themselves, and listens to what they tell.
///
/// It lives on the loop's thread. One refresh at a time.
package final class CeleryCollector: @unchecked Sendable {
  package struct Options: Sendable {
    /// The queues to watch; empty to look for them.
    package var queues: [String] = []
    /// How often the workers are asked about their queues and processes; a worker that is new is asked at once.
    package var inspectionInterval = Duration.seconds(60)
    /// How often queues are looked for.
    package var searchInterval = Duration.seconds(300)
    /// How much of the database a refresh may search, in steps of `QueueDirectory.step` keys.
    package var searchSteps = 20
    /// How long the workers may take for their answers.
    package var answerTime = Duration.seconds(1)

    package init() {}
  }

  /// Whether the broker answered all questions at the last refresh.
  package private(set) var isUp = false
  /// Whether more queues are known than are watched.
  package var hasTooManyQueues: Bool { directory.isFull }
  private let connector: Connector
  private let keys: Keyspace
  private let options: Options
  private let loop: EventLoop
  private let wall: () -> Double
  private let decoder = EventDecoder()
  private let keeper: ConnectionKeeper<Connection, RedisError>
  private var subscription: Subscription?
  private var directory: QueueDirectory
  private var backlog = Backlog()
  private var census = Census()
  private let inquirer: Inquirer
  private var nextInspection = Instant(nanoseconds: .min)
  private var workers = WorkerLedger()
  private var tasks = TaskLedger()
  private var malformed = 0

  /// A collector that has asked nothing yet.
  ///
  /// - Parameters:
  ///   - connector: for the broker; the size of its replies is set here.
  ///   - wall: the present, in seconds since 1970.
  package init(
    _ connector: Connector, keyPrefix: String, on loop: EventLoop, wall: @escaping () -> Double,
    options: Options = Options()
  ) {
    var connector = connector
    // Room for the answers of some hundred workers at once, and for every event that is not outrageous.
    connector.replyLimit = 8 << 20
    self.connector = connector
    keeper = ConnectionKeeper(connect: connector.connect)
    self.options = options
    self.loop = loop
    self.wall = wall
    keys = Keyspace(prefix: keyPrefix, database: connector.url.database)
    inquirer = Inquirer(keys, on: loop, wall: wall, answerTime: options.answerTime)
    directory = QueueDirectory(options.queues, keys, interval: options.searchInterval)
  }

  // MARK: What is known

  /// The queues and how many messages wait in each, as of the last refresh that succeeded.
  package var queues: [(name: String, length: Int)] { backlog.lengths.map { ($0.queue, $0.length) } }

  /// Each worker that is known, by name: whether it is up, what it works on, and how long ago it was heard of.
  package var workerStates: [(name: String, isUp: Bool, activeTasks: Int, silence: Duration)] {
    let now = loop.now
    return workers.workers.sorted { $0.key < $1.key }.map { name, worker in
      (name, worker.isUp(at: now), worker.active, now - worker.lastSeen)
    }
  }

  /// How many tasks the workers have begun by what they say; nil where none says it.
  package var begunTasks: Double? {
    let telling = workers.workers.values.filter { $0.lastHeartbeat != nil }
    return telling.isEmpty ? nil : telling.reduce(0) { $0 + $1.processed }
  }

  /// What holds also where a refresh failed.
  package var stateFamilies: [Family] {
    var up = Family("celery_up", .gauge, help: "Whether the broker answered all questions at the last refresh.")
    up.add(isUp)
    var subscribed = Family(
      "celery_events_subscribed", .gauge,
      help: "Whether events arrive; those that are sent while they do not are lost.")
    subscribed.add(subscription?.isActive ?? false)
    var malformed = Family(
      "celery_events_malformed_total", .counter, help: "Events that could not be read, or were out of all reason.")
    malformed.add(self.malformed)
    var folded = Family(
      "celery_events_folded_total", .counter,
      help: "Events with a value that found no room among those of its label: it became other, or of hostname nothing.")
    let counts = tasks.folded
    for (label, count) in [
      ("name", counts.names), ("queue_name", counts.queues), ("exception", counts.exceptions),
      ("hostname", workers.folded),
    ] { folded.add(count, ["label": label]) }
    return [up, subscribed, malformed, folded]
  }

  // MARK: Events

  /// Listens to events until `stop`.
  ///
  /// - Parameter tell: called when that begins, and with the reason when it ends or can't begin.
  package func listen(_ tell: @escaping (RedisError?) -> Void) async {
    let subscription = Subscription(connector, pattern: keys.eventPattern, on: loop) { [self] in
      take($0)
    } tell: {
      tell($0)
    }
    self.subscription = subscription
    await subscription.run()
  }

  /// Ends `listen`, and a refresh that is under way.
  package func stop() {
    subscription?.stop()
    keeper.connection?.finish(with: inquirer.cleanUpCommands)
    keeper.close()
  }

  private func take(_ message: [UInt8]) {
    let outcome = decoder.decode(message)
    malformed += outcome.malformed
    for event in outcome.events {
      switch event {
      case .heartbeat(let heartbeat): workers.record(heartbeat, at: loop.now)
      case .offline(let hostname): workers.recordEnd(hostname, at: loop.now)
      case .task(let event): tasks.record(event, at: loop.now)
      case .foreign: break
      }
    }
  }

  // MARK: Refreshes

  /// Asks for everything anew.
  ///
  /// - Returns: all families but `stateFamilies`.
  /// - Throws: why the broker did not answer, or did not let us ask.
  package func refresh(before deadline: Instant) async throws(RedisError) -> [Family] {
    do {
      try await keeper.use(before: deadline) { connection throws(RedisError) in
        try await inquirer.cleanUp(on: connection, before: deadline)
        try await search(on: connection, before: deadline)
        try await inspect(on: connection, before: deadline)
        try await measure(on: connection, before: deadline)
      }
    } catch {
      isUp = false
      throw error
    }
    isUp = true
    return await families()
  }

  private func families() async -> [Family] {
    workers.purge(at: loop.now)
    tasks.settle(at: loop.now)
    var families = backlog.families + workers.families(at: loop.now, wall: wall()) + censusFamilies
    await Task.yield()
    families += tasks.families
    return families
  }

  private var censusFamilies: [Family] {
    var workers = Family("celery_active_worker_count", .gauge, help: "Workers that serve a queue.")
    var processes = Family(
      "celery_active_process_count", .gauge, help: "Processes, or threads, of the workers that serve a queue.")
    for queue in directory.names {
      let serving = census.queues.filter { $0.value.contains(queue) }.keys
      workers.add(serving.count, ["queue_name": queue])
      processes.add(serving.reduce(0) { $0 + (census.processes[$1] ?? 0) }, ["queue_name": queue])
    }
    return [workers, processes]
  }

  // MARK: Questions to the broker

  private func measure(on connection: Connection, before deadline: Instant) async throws(RedisError) {
    let queues = directory.names
    let replies = try await connection.pipeline(Backlog.commands(queues, keys), before: deadline)
    for reply in replies {
      if case .error(let text) = reply, !text.hasPrefix("WRONGTYPE") { _ = try connection.accepted(reply) }
    }
    backlog = Backlog(queues, replies, wall: wall())
  }

  /// Looks for queues where it is time, no longer than a refresh may.
  private func search(on connection: Connection, before deadline: Instant) async throws(RedisError) {
    guard directory.isDue(at: loop.now) else { return }
    for _ in 0..<options.searchSteps {
      let reply = try await connection.reply(to: directory.search, before: deadline)
      guard let questions = directory.take(reply) else { throw RedisError(.protocol, "the reply to SCAN is none") }
      if !questions.isEmpty {
        for reply in try await connection.pipeline(questions, before: deadline) {
          if case .error(let text) = reply, text.hasPrefix("WRONGTYPE") { continue }
          directory.takeBindings(try connection.accepted(reply))
        }
      }
      if directory.finishSearch(at: loop.now) { return }
    }
  }

  // MARK: Questions to the workers

  private func inspect(on connection: Connection, before deadline: Instant) async throws(RedisError) {
    let isDue = loop.now >= nextInspection
    let methods = isDue ? Question.Method.allCases : [.ping]
    var answers = try await inquirer.ask(methods, on: connection, before: deadline)
    workers.recordAnswers(answers.workers, at: loop.now)
    if !isDue {
      if answers.workers == census.workers { return }
      answers = try await inquirer.ask(Question.Method.allCases, on: connection, before: deadline)
    }
    try await inquirer.cleanUpAfterOthers(on: connection, before: deadline)
    nextInspection = loop.now + options.inspectionInterval
    census = answers
    for queue in census.queues.values.joined() { directory.add(queue) }
    tasks.setQueues(ofWorkers: census.queues)
  }
}
