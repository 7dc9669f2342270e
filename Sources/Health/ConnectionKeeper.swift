package import EventLoop

/// Keeps a connection from one use to the next, and replaces one that turns out to be dead.
///
/// One task at a time uses it.
package final class ConnectionKeeper<Connection: KeptConnection, Failure: Error> {
  private let connect: (Instant) async throws(Failure) -> Connection
  /// The connection of the last use, which may be over; nil before the first, and once it is closed.
  package private(set) var connection: Connection?
  /// How many were opened.
  package private(set) var connections = 0

  /// A keeper of what `connect` opens before the deadline it is given.
  package init(connect: @escaping (_ deadline: Instant) async throws(Failure) -> Connection) {
    self.connect = connect
  }

  /// Uses the connection, and once more a new one where the old one, which lay idle, turns out to be dead.
  package func use<Success>(
    before deadline: Instant, _ body: (Connection) async throws(Failure) -> Success
  ) async throws(Failure) -> Success {
    if let connection, connection.isOpen {
      do throws(Failure) {
        return try await body(connection)
      } catch {
        // A server that has answered is alive, past the deadline there is no time left, and whoever closed the connection
        // meanwhile wants no other.
        guard !connection.isOpen, .now < deadline, self.connection === connection else { throw error }
      }
    }
    close()
    let new = try await connect(deadline)
    connections += 1
    connection = new
    return try await body(new)
  }

  /// Closes the connection; the next use opens another.
  package func close() {
    connection?.close()
    connection = nil
  }
}
