package import EventLoop
internal import Health

/// Opens connections: resolves the host off the loop, tries its addresses in turn, logs in and chooses the database.
package struct Connector: Sendable {
  package var url: RedisURL
  package var loop: EventLoop
  package var resolver: Resolver
  /// The size that one reply may have, in bytes.
  package var replyLimit: Int

  package init(_ url: RedisURL, on loop: EventLoop, resolver: Resolver, replyLimit: Int = 1 << 20) {
    self.url = url
    self.loop = loop
    self.resolver = resolver
    self.replyLimit = replyLimit
  }

  package func connect(before deadline: Instant) async throws(RedisError) -> Connection {
    let socket: Socket
    do {
      socket = try await open(before: deadline)
    } catch {
      throw RedisError(error)
    }
    let connection = try Connection(socket, secrets: url.secrets, replyLimit: replyLimit, on: loop)
    let greeting = self.greeting
    let replies = try await connection.pipeline(greeting.map(\.command), before: deadline)
    for (step, reply) in zip(greeting, replies) {
      guard case .error(let text) = reply else { continue }
      let error = RedisError(reply: text, secrets: url.secrets)
      // Whoever forbids the courtesy, or does not know it, serves nevertheless; a server that is full does not.
      if step.isCourtesy, error.reason == .auth || error.reason == .query { continue }
      connection.close()
      throw error
    }
    return connection
  }

  /// Connects to the first address that takes the connection, each with an equal share of the time that is left.
  ///
  /// - Throws: the last refusal; or `timedOut` where an attempt had no answer, as that address may be well.
  private func open(before deadline: Instant) async throws(IOError) -> Socket {
    let addresses =
      switch url.place {
      case .unix(let path): [try SocketAddress(unixPath: path)]
      case .tcp(let host, let port): try await resolver.resolve(host, port: port, before: deadline)
      }
    var failure = IOError(.resolution(0), "no address")
    for (index, address) in addresses.enumerated() {
      let now = Instant.now
      do {
        let share = (deadline - now) / (addresses.count - index)
        return try await Socket.connect(to: address, on: loop, before: now + share)
      } catch {
        if failure.reason != .timedOut { failure = error }
      }
    }
    throw failure
  }

  /// What is sent first, in one piece.
  private var greeting: [(command: [String], isCourtesy: Bool)] {
    var steps: [(command: [String], isCourtesy: Bool)] = []
    if let password = url.password ?? url.user.map({ _ in "" }) {
      steps.append((["AUTH"] + [url.user, password].compactMap(\.self), false))
    }
    steps.append((["CLIENT", "SETNAME", "vitals"], true))
    if url.database != 0 { steps.append((["SELECT", String(url.database)], false)) }
    return steps
  }
}
