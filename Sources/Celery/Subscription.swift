import EventLoop
import Health
import Redis

/// The event channels of a broker, subscribed to for as long as the process lives.
///
/// Redis drops a subscriber that falls behind, and what is published meanwhile is lost: a gap ends with a new
/// subscription, and is told.
final class Subscription: @unchecked Sendable {
  /// How long there may be silence before the server is asked whether it is there.
  private static let silence = Duration.seconds(15)
  /// How long connecting, and an answer, may take.
  private static let timeout = Duration.seconds(5)
  /// The pauses between attempts: the first, which doubles up to the last, until an attempt lasts as long as that.
  private static let pauses = (first: Duration.milliseconds(250), last: Duration.seconds(15))

  /// Whether what is published arrives.
  private(set) var isActive = false
  private let connector: Connector
  private let pattern: String
  private let loop: EventLoop
  private let receive: ([UInt8]) -> Void
  private let tell: (RedisError?) -> Void
  private let timer: Waiter
  private var connection: Connection?
  private var isStopped = false

  /// - Parameters:
  ///   - receive: gets each message.
  ///   - tell: called when the subscription begins, and with the reason when it ends or a first attempt fails.
  init(
    _ connector: Connector, pattern: String, on loop: EventLoop, receive: @escaping ([UInt8]) -> Void,
    tell: @escaping (RedisError?) -> Void
  ) {
    self.connector = connector
    self.pattern = pattern
    self.loop = loop
    self.receive = receive
    self.tell = tell
    timer = Waiter(on: loop)
  }

  /// Subscribes and receives until `stop`.
  func run() async {
    var pause = Subscription.pauses.first
    var hasFailed = false
    while !isStopped {
      let start = loop.now
      let failure = await attempt()
      guard !isStopped else { return }
      if isActive {
        hasFailed = false
        // Where a proxy takes every subscription and drops it, none of them lasts.
        if loop.now - start >= Subscription.pauses.last { pause = Subscription.pauses.first }
      }
      isActive = false
      // Told once until it works again.
      if !hasFailed { tell(failure) }
      hasFailed = true
      _ = await timer.wait(until: loop.now + pause)
      pause = min(pause * 2, Subscription.pauses.last)
    }
  }

  func stop() {
    isStopped = true
    timer.end()
    connection?.close()
  }

  /// Subscribes, and receives until that ends.
  private func attempt() async -> RedisError {
    do {
      let deadline = loop.now + Subscription.timeout
      let connection = try await connector.connect(before: deadline)
      self.connection = connection
      defer {
        connection.close()
        self.connection = nil
      }
      try await connection.send([["PSUBSCRIBE", pattern]], before: deadline)
      _ = try await reply(on: connection, before: deadline)
      isActive = true
      tell(nil)
      try await receiveAll(on: connection)
    } catch {
      return error
    }
  }

  private func receiveAll(on connection: Connection) async throws(RedisError) -> Never {
    while true {
      var reply = try await connection.next(before: loop.now + Subscription.silence)
      if reply == nil {
        let deadline = loop.now + Subscription.timeout
        try await connection.send([["PING"]], before: deadline)
        reply = try await self.reply(on: connection, before: deadline)
      }
      // pmessage, pattern, channel, message.
      if let parts = reply?.elements, parts.count == 4, case .bulk(let message) = parts[3] { receive(message) }
    }
  }

  /// The next that the server sends, which may be a refusal.
  private func reply(on connection: Connection, before deadline: Instant) async throws(RedisError) -> Reply {
    guard let reply = try await connection.next(before: deadline) else { throw .silent }
    return try connection.accepted(reply)
  }
}

extension RedisError {
  fileprivate static var silent: RedisError { RedisError(.timeout, "no reply") }
}
