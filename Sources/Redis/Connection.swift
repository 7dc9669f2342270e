package import EventLoop
internal import Health

/// A connection to a Redis server: a socket on the loop, and hiredis for the protocol.
///
/// One task at a time uses it, on the loop.
package final class Connection: @unchecked Sendable {
  private let socket: Socket
  private let loop: EventLoop
  private let secrets: [String]
  private let parser: ReplyParser
  private var buffer: [UInt8] = []
  package private(set) var isOpen = true

  /// Takes over a connected socket; `replyLimit` is the size in bytes that one reply may have.
  init(_ socket: Socket, secrets: [String], replyLimit: Int, on loop: EventLoop) throws(RedisError) {
    self.socket = socket
    self.secrets = secrets
    self.loop = loop
    parser = try ReplyParser(limit: replyLimit)
  }

  deinit { close() }

  /// Sends one command and waits for its reply, which may be the server's error.
  package func command(_ arguments: [String], before deadline: Instant) async throws(RedisError) -> Reply {
    try await pipeline([arguments], before: deadline)[0]
  }

  /// Sends one command and waits for its reply.
  ///
  /// - Throws: also where that is the server's refusal.
  package func reply(to arguments: [String], before deadline: Instant) async throws(RedisError) -> Reply {
    try accepted(await command(arguments, before: deadline))
  }

  /// Sends `commands` at once and waits for their replies, one each, errors among them.
  ///
  /// Where that fails, the connection is closed: the replies still under way would be taken for the next command's.
  package func pipeline(_ commands: [[String]], before deadline: Instant) async throws(RedisError) -> [Reply] {
    guard isOpen else { throw RedisError(.internal, "the connection is closed") }
    do {
      return try await exchange(commands, before: deadline)
    } catch {
      close()
      throw error
    }
  }

  private func exchange(_ commands: [[String]], before deadline: Instant) async throws(RedisError) -> [Reply] {
    var broken: IOError?
    do {
      try await socket.sendAll(Command.encoded(commands), before: deadline)
    } catch {
      // A server that turns a client away says why and closes, so that sending fails and the reason still is to be read.
      if error.reason == .timedOut { throw RedisError(error) }
      broken = error
    }
    var replies: [Reply] = []
    while replies.count < commands.count {
      if let reply = try parser.next() {
        replies.append(reply)
        continue
      }
      do throws(RedisError) {
        try await receive(before: deadline)
      } catch {
        if case .error(let text)? = replies.last, error.reason != .timeout {
          throw RedisError(reply: text, secrets: secrets)
        }
        throw broken.map { RedisError($0) } ?? error
      }
    }
    guard try parser.next() == nil else { throw RedisError(.protocol, "more replies than commands") }
    return replies
  }

  /// Sends commands whose replies `next` brings: `PSUBSCRIBE`, and then `PING`.
  package func send(_ commands: [[String]], before deadline: Instant) async throws(RedisError) {
    guard isOpen else { throw RedisError(.internal, "the connection is closed") }
    do {
      try await socket.sendAll(Command.encoded(commands), before: deadline)
    } catch {
      close()
      throw RedisError(error)
    }
  }

  /// Sends commands as far as the kernel takes them at once, and closes; their replies are lost.
  package func finish(with commands: [[String]]) {
    if isOpen {
      _ = try? Command.encoded(commands).withUnsafeBytes { bytes throws(IOError) in try socket.send(bytes) }
    }
    close()
  }

  /// The next reply, or what a subscription has brought; nil where none is whole before `deadline`.
  ///
  /// Other tasks run before each read, so that a server that never stops sending does not keep the loop to itself.
  package func next(before deadline: Instant) async throws(RedisError) -> Reply? {
    guard isOpen else { throw RedisError(.internal, "the connection is closed") }
    do {
      while true {
        if let reply = try parser.next() { return reply }
        await Task.yield()
        try await receive(before: deadline)
      }
    } catch {
      if error.reason == .timeout { return nil }
      close()
      throw error
    }
  }

  /// A reply that is not the server's refusal.
  package func accepted(_ reply: Reply) throws(RedisError) -> Reply {
    if case .error(let text) = reply { throw RedisError(reply: text, secrets: secrets) }
    return reply
  }

  /// Hands what arrives next to the parser.
  private func receive(before deadline: Instant) async throws(RedisError) {
    // A server that never stops sending is as late as one that never begins.
    guard loop.now < deadline else { throw RedisError(.timeout, "no end of the reply") }
    buffer.removeAll(keepingCapacity: true)
    let isOpen: Bool
    do {
      isOpen = try await socket.receive(appendingTo: &buffer, limit: 16 * 1024, before: deadline)
    } catch {
      throw error.reason == .timedOut ? RedisError(.timeout, "no reply") : RedisError(error)
    }
    guard isOpen else { throw RedisError(.unreachable, "the server closed the connection") }
    try parser.feed(buffer)
  }

  /// Waits on the idle connection until the server ends it, or until `deadline`.
  ///
  /// Nothing is sent unasked to a client without subscriptions, so data ends the connection as well.
  ///
  /// - Returns: whether the connection is over; false where the task is cancelled.
  package func ended(before deadline: Instant) async -> Bool {
    await withTaskCancellationHandler {
      do throws(IOError) {
        _ = try await socket.receive(appendingTo: &buffer, limit: 1, before: deadline)
      } catch {
        if error.reason == .timedOut || Task.isCancelled { return false }
      }
      close()
      return true
    } onCancel: {
      loop.spawn { self.close() }
    }
  }

  /// Closes the socket.
  ///
  /// The task that waits here, if any, fails. A second call does nothing.
  package func close() {
    isOpen = false
    socket.close()
  }
}
