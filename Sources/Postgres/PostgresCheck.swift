package import EventLoop
package import Health

/// Whether a PostgreSQL server answers `SELECT 1`.
package typealias PostgresCheck = ConnectionCheck<Connection>

extension PostgresCheck {
  package convenience init(_ connector: Connector) {
    self.init { deadline throws(CheckFailure) in
      do throws(PostgresError) {
        return try await connector.connect(before: deadline)
      } catch {
        throw CheckFailure(error)
      }
    }
  }
}

extension Connection: KeptConnection {
  package func ask(before deadline: Instant) async throws(CheckFailure) {
    do throws(PostgresError) {
      let rows = try await query("SELECT 1", before: deadline)
      guard rows.values == [["1"]] else { throw PostgresError(.protocol, "SELECT 1 did not return 1") }
    } catch {
      throw CheckFailure(error)
    }
  }
}

extension CheckFailure {
  fileprivate init(_ error: PostgresError) { self.init(error.reason, detail: error.detail) }
}
