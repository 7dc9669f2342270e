package import EventLoop

/// A connection that is kept from one use to the next.
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
  private let keeper: ConnectionKeeper<Connection, CheckFailure>

  package let componentType = ComponentType.datastore
  package var connections: Int { keeper.connections }

  /// A check of the server that `connect` connects to before the deadline it is given.
  package init(connect: @escaping (_ deadline: Instant) async throws(CheckFailure) -> Connection) {
    keeper = ConnectionKeeper(connect: connect)
  }

  package func check(before deadline: Instant) async throws(CheckFailure) {
    let hadConnection = keeper.connection != nil
    // Nothing is left to watch then.
    defer { if !isOpen { keeper.close() } }
    do throws(CheckFailure) {
      try await ask(before: deadline)
    } catch {
      // A server that is just dying may take one more connection, and drops it when its port closes: ask the port.
      guard hadConnection, error.reason == .unreachable, !isOpen else { throw error }
      try await ask(before: deadline)
    }
  }

  private var isOpen: Bool { keeper.connection?.isOpen == true }

  private func ask(before deadline: Instant) async throws(CheckFailure) {
    try await keeper.use(before: deadline) { connection throws(CheckFailure) in
      try await connection.ask(before: deadline)
    }
  }

  package func watch(until deadline: Instant) async -> Bool {
    guard let connection = keeper.connection else { return false }
    return await connection.ended(before: deadline)
  }

  package func close() async { keeper.close() }
}
