import EventLoop
import Redis

/// Which queues there are: those that were configured, or else those that are bound to an exchange or that a worker serves.
///
/// A queue is never forgotten: a broker that has lost its bindings still has messages, and nobody might serve it.
///
/// The bindings' keys are looked for with SCAN, which has to go through the whole database, so it is done seldom and a
/// piece at a time.
struct QueueDirectory: Sendable {
  /// How many queues are watched at most: those that were found first.
  static let limit = 200
  /// The keys that one SCAN looks at.
  static let step = 1000
  /// How many bindings one exchange may have.
  static let bindings = 500

  private let isConfigured: Bool
  private let keys: Keyspace
  private let interval: Duration
  private var known: Set<String>
  private var next: Instant?
  /// Where the search goes on.
  private(set) var cursor = "0"

  /// - Parameters:
  ///   - configured: the queues to watch; empty to look for them.
  ///   - interval: the time from one search to the next.
  init(_ configured: [String], _ keys: Keyspace, interval: Duration) {
    isConfigured = !configured.isEmpty
    known = Set(configured)
    isFull = known.count > QueueDirectory.limit
    self.keys = keys
    self.interval = interval
  }

  /// The names of the queues to watch, in order.
  var names: [String] { Array(known.sorted().prefix(QueueDirectory.limit)) }

  /// Whether there are more queues than are watched.
  private(set) var isFull: Bool

  /// Adds a queue that was found, unless it is none that is shared, there are too many, or the queues were configured.
  mutating func add(_ queue: String) {
    guard !isConfigured, QueueDirectory.isShared(queue), !known.contains(queue) else { return }
    if known.count < QueueDirectory.limit { known.insert(queue) } else { isFull = true }
  }

  /// Whether it is time to look for queues, or to go on with that.
  func isDue(at now: Instant) -> Bool { !isConfigured && next.map { now >= $0 } ?? true }

  /// The command that looks for sets of bindings.
  var search: [String] { ["SCAN", cursor, "MATCH", keys.bindingPattern, "COUNT", String(QueueDirectory.step)] }

  /// Takes the reply to `search`.
  ///
  /// - Returns: the commands that read the bindings; nil where the reply is none.
  mutating func take(_ reply: Reply) -> [[String]]? {
    guard let parts = reply.elements, parts.count == 2, let cursor = parts[0].text, let tables = parts[1].elements
    else {
      return nil
    }
    self.cursor = cursor
    return tables.compactMap(\.text).filter { table in
      // Those of the workers' own channels, which come and go with them.
      guard let exchange = keys.exchange(ofBindings: table) else { return false }
      return exchange != "celeryev" && !exchange.hasSuffix(".pidbox")
    }.prefix(QueueDirectory.limit).map { ["SRANDMEMBER", $0, String(QueueDirectory.bindings)] }
  }

  /// Takes the reply to one of those commands.
  mutating func takeBindings(_ reply: Reply) {
    for binding in reply.elements ?? [] {
      // Routing key, pattern and queue.
      let parts = binding.text?.split(separator: Keyspace.separator, omittingEmptySubsequences: false) ?? []
      if parts.count == 3 { add(String(parts[2])) }
    }
  }

  /// Ends the search if it has seen the whole database.
  ///
  /// - Returns: whether it has.
  mutating func finishSearch(at now: Instant) -> Bool {
    guard cursor == "0" else { return false }
    next = now + interval
    return true
  }

  /// Whether a queue holds tasks: not one client's replies, one worker's events, or one worker's copy of a broadcast.
  private static func isShared(_ queue: String) -> Bool {
    queue.isLabel && !queue.hasSuffix(".pidbox") && !queue.hasPrefix("celeryev.") && !queue.hasPrefix("bcast.")
  }
}
