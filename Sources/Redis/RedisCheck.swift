package import EventLoop
package import Health

/// Whether a Redis server answers `PING`.
///
/// It keeps one connection and asks on it. A connection that turns out to be dead is replaced once, within the same
/// deadline, before that counts as a failure.
package final class RedisCheck: Check, @unchecked Sendable {
  private let connector: Connector
  private var connection: Connection?

  package let componentType = ComponentType.datastore
  package private(set) var connections = 0

  package init(_ connector: Connector) { self.connector = connector }

  package func check(before deadline: Instant) async throws(CheckFailure) {
    do {
      try await ask(before: deadline)
    } catch {
      if connection?.isOpen == false { await close() }
      throw CheckFailure(error.reason, detail: error.detail)
    }
  }

  private func ask(before deadline: Instant) async throws(RedisError) {
    if let connection, connection.isOpen {
      do {
        return try await ping(connection, before: deadline)
      } catch {
        // A server that has answered is alive, and past the deadline there is no time left.
        guard !connection.isOpen, error.reason != .timeout else { throw error }
      }
    }
    let hasLostConnection = connection != nil
    await close()
    do throws(RedisError) {
      try await askAnew(before: deadline)
    } catch {
      // A server that is just dying may take one more connection, and drops it when its port closes: ask the port.
      guard hasLostConnection, error.reason == .unreachable else { throw error }
      try await askAnew(before: deadline)
    }
  }

  private func askAnew(before deadline: Instant) async throws(RedisError) {
    let new = try await connector.connect(before: deadline)
    connections += 1
    connection = new
    try await ping(new, before: deadline)
  }

  private func ping(_ connection: Connection, before deadline: Instant) async throws(RedisError) {
    switch try await connection.command(["PING"], before: deadline) {
    case .status("PONG"): return
    case .error(let text): throw RedisError(reply: text, secrets: connector.url.secrets)
    default: throw RedisError(.protocol, "the reply to PING is not PONG")
    }
  }

  package func watch(until deadline: Instant) async -> Bool {
    guard let connection else { return false }
    return await connection.ended(before: deadline)
  }

  package func close() async {
    connection?.close()
    connection = nil
  }
}
