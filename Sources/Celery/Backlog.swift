import Metrics
import Redis

/// What waits in the queues, and what workers have taken and not finished.
struct Backlog: Sendable {
  /// Messages in each queue, by its name and in the order of the names.
  private(set) var lengths: [(queue: String, length: Int)] = []
  /// Messages that workers hold without having acknowledged them, those of all queues.
  private(set) var unacked = 0
  /// How long ago the oldest of them was taken, in seconds.
  private(set) var oldestAge = 0.0

  /// The commands that ask for it.
  static func commands(_ queues: [String], _ keys: Keyspace) -> [[String]] {
    queues.flatMap { keys.lists(of: $0).map { ["LLEN", $0] } }
      + [["HLEN", keys.unacked], ["ZRANGE", keys.unackedIndex, "0", "0", "WITHSCORES"]]
  }

  init() {}

  /// Reads the replies to `commands`.
  ///
  /// - Parameter wall: the time in seconds since 1970, which is what the workers wrote down.
  init(_ queues: [String], _ replies: [Reply], wall: Double) {
    let lists = Keyspace.priorities.count
    lengths = queues.enumerated().map { index, queue in
      // A key of another type is another's.
      (queue, replies[(index * lists)..<((index + 1) * lists)].reduce(0) { $0 + Int($1.integer ?? 0) })
    }
    unacked = Int(replies[replies.count - 2].integer ?? 0)
    if let taken = replies[replies.count - 1].elements?.last?.text.flatMap(Double.init), taken.isFinite {
      oldestAge = max(0, wall - taken)
    }
  }

  var families: [Family] {
    var queues = Family(
      "celery_queue_length", .gauge, help: "Messages that wait in a queue, of every priority.")
    for (queue, length) in lengths { queues.add(length, ["queue_name": queue]) }
    var unackedTasks = Family(
      "celery_unacked_tasks", .gauge,
      help: "Messages that workers have taken and not acknowledged, those with an ETA among them.")
    unackedTasks.add(unacked)
    var oldest = Family(
      "celery_unacked_oldest_age_seconds", .gauge,
      help: "How long ago the oldest of them was taken; above visibility_timeout, it is delivered again.",
      unit: "seconds")
    oldest.add(oldestAge)
    return [queues, unackedTasks, oldest]
  }
}
