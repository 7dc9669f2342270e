package import EventLoop

/// A connection that a check keeps between its runs.
package protocol KeptConnection: AnyObject, Sendable {
  /// False once the connection is of no more use.
  var isOpen: Bool { get }

  /// Asks the server for a sign of life.
  func ask(before deadline: Instant) async throws(CheckFailure)

  /// Waits, while nothing is asked, until the server ends the connection; false at the deadline.
  func ended(before deadline: Instant) async -> Bool

  /// Closes the connection; the task that waits on it, if any, goes on.
  func close()
}

/// Whether a server answers, on one connection that is kept.
///
/// A connection that turns out to be dead is replaced within the same deadline, before that counts as a failure.
package final class ConnectionCheck<Connection: KeptConnection>: Check, @unchecked Sendable {
  private let connect: (Instant) async throws(CheckFailure) -> Connection
  private var connection: Connection?

  package let componentType = ComponentType.datastore
  package private(set) var connections = 0

  /// A check of the server that `connect` connects to before the deadline it is given.
  package init(connect: @escaping (_ deadline: Instant) async throws(CheckFailure) -> Connection) {
    self.connect = connect
  }

  package func check(before deadline: Instant) async throws(CheckFailure) {
    do throws(CheckFailure) {
      try await ask(before: deadline)
    } catch {
      if connection?.isOpen == false { await close() }
      throw error
    }
  }

  private func ask(before deadline: Instant) async throws(CheckFailure) {
    if let connection, connection.isOpen {
      do throws(CheckFailure) {
        return try await connection.ask(before: deadline)
      } catch {
        // A server that has answered is alive, and past the deadline there is no time left.
        guard !connection.isOpen, error.reason != .timeout else { throw error }
      }
    }
    let hasLostConnection = connection != nil
    await close()
    do throws(CheckFailure) {
      try await askAnew(before: deadline)
    } catch {
      // A server that is just dying may take one more connection, and drops it when its port closes: ask the port.
      guard hasLostConnection, error.reason == .unreachable else { throw error }
      try await askAnew(before: deadline)
    }
  }

  private func askAnew(before deadline: Instant) async throws(CheckFailure) {
    let new = try await connect(deadline)
    connections += 1
    connection = new
    try await new.ask(before: deadline)
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
