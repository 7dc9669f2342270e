import FoundationEssentials
import Redis

/// Questions to all workers at once, to which each sends a reply to a list of the asker's own.
///
/// Publishing tells how many workers listen, so there is no waiting longer than for the last of them. Celery's own
/// clients wait for a second, and leave their lists and bindings behind when they end too early. This list is made before
/// there is a reply, with an expiry that every reply keeps.
struct Question: Sendable {
  enum Method: String, CaseIterable, Sendable {
    case ping
    /// The queues that each worker serves.
    case activeQueues = "active_queues"
    /// What each worker is, its pool of processes among it.
    case stats
  }

  /// How many replies are read at most, and how many with one command.
  private static let replyLimit = (total: 5000, page: 200)
  /// After how many seconds the list expires.
  private static let expiry = 60

  let methods: [Method]
  private let keys: Keyspace
  private let id: String

  /// - Parameter wall: the time in seconds since 1970, which tells others when it is too old to be asked still.
  init(_ methods: [Method], _ keys: Keyspace, at wall: Double) {
    self.methods = methods
    self.keys = keys
    id = "\(Question.prefix)\(Int(wall))-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
  }

  private static let prefix = "vitals-"
  private static let exchange = "reply.celery.pidbox"
  private var list: String { keys.prefix + "\(id).\(Question.exchange)" }
  private var binding: String {
    "\(id)\(Keyspace.separator)\(Keyspace.separator)\(id).\(Question.exchange)"
  }

  /// The commands that ask; the replies to the last ones are the numbers of workers that will answer.
  var commands: [[String]] {
    [
      // Not a worker's reply: it holds the place, as there is no empty list.
      ["RPUSH", list, ""], ["EXPIRE", list, String(Question.expiry)],
      ["SADD", keys.bindings(of: Question.exchange), binding],
    ] + methods.map { ["PUBLISH", keys.controlChannel, message($0)] }
  }

  /// The command that tells how much is in the list: the replies and 1.
  var count: [String] { ["LLEN", list] }

  /// The commands that read so many replies, and what held their place.
  func read(_ count: Int) -> [[String]] {
    let page = Question.replyLimit.page
    return stride(from: 0, through: min(count, Question.replyLimit.total), by: page).map { start in
      ["LRANGE", list, String(start), String(start + page - 1)]
    }
  }

  /// The commands that leave nothing behind.
  ///
  /// A worker that answers later finds no binding, and drops its reply, unless it has found it a moment ago: for that
  /// reply the list waits until it expires. A new one would stay for ever.
  ///
  /// - Parameter isAnswered: whether no more replies can come.
  func cleanUp(isAnswered: Bool) -> [[String]] {
    let unbind = ["SREM", keys.bindings(of: Question.exchange), binding]
    return isAnswered ? [unbind, ["DEL", list]] : [unbind]
  }

  /// The command that reads all askers' bindings.
  static func bindings(_ keys: Keyspace) -> [String] {
    ["SRANDMEMBER", keys.bindings(of: exchange), String(replyLimit.total)]
  }

  /// The command that removes the bindings of those who were killed before they could; nil where there are none.
  ///
  /// - Parameter bindings: the reply to `bindings`.
  static func cleanUp(after bindings: Reply, _ keys: Keyspace, at wall: Double) -> [String]? {
    let stale = (bindings.elements ?? []).compactMap(\.text).filter { binding in
      guard binding.hasPrefix(prefix) else { return false }
      // Clocks differ, but hardly so much; nobody waits for longer than some seconds.
      let began = Double(binding.dropFirst(prefix.count).prefix { $0 != "-" })
      return began.map { wall - $0 > 300 } ?? false
    }
    return stale.isEmpty ? nil : ["SREM", keys.bindings(of: exchange)] + stale
  }

  private func message(_ method: Method) -> String {
    let body =
      #"{"method":"\#(method.rawValue)","arguments":{},"destination":null,"pattern":null,"matcher":null,"#
      + #""ticket":"\#(method.rawValue)","reply_to":{"exchange":"\#(Question.exchange)","routing_key":"\#(id)"}}"#
    return Message.wrapped(body, id: id, exchange: "celery.pidbox")
  }
}

/// What the workers answered.
struct Census: Sendable {
  /// The workers that did.
  private(set) var workers: Set<String> = []
  /// The queues that each serves.
  private(set) var queues: [String: [String]] = [:]
  /// How many processes or threads each has for its tasks.
  private(set) var processes: [String: Int] = [:]

  /// Takes a reply; what is none is left out.
  mutating func take(_ reply: [UInt8]) {
    guard let message = Message(reply), let method = message.ticket.flatMap(Question.Method.init(rawValue:)) else {
      return
    }
    switch method {
    case .ping: workers.formUnion(answers(of: message, [String: String].self).keys)
    case .activeQueues:
      let served = answers(of: message, [Lenient<Queue>].self)
      queues.merge(served.mapValues { $0.compactMap(\.value?.name).filter(\.isLabel) }) { $1 }
    case .stats:
      processes.merge(answers(of: message, Stats.self).mapValues(\.pool.size)) { $1 }
    }
  }

  /// The answers in a reply, by the worker's name; a worker answers with an object of another form where it failed.
  private func answers<Answer: Decodable>(of message: Message, _ type: Answer.Type) -> [String: Answer] {
    let answers = message.content([String: Lenient<Answer>].self) ?? [:]
    return answers.compactMapValues(\.value).filter { $0.key.isLabel }
  }

  private struct Queue: Decodable { var name: String }

  private struct Stats: Decodable {
    struct Pool: Decodable {
      private enum CodingKeys: String, CodingKey { case processes, concurrency = "max-concurrency" }
      var processes: [Int]?
      var concurrency: Int?
      /// A pool of threads or green threads has no processes.
      var size: Int { max(0, processes?.count ?? concurrency ?? 0) }
    }
    var pool: Pool
  }
}
