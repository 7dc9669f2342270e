package import EventLoop
package import Health

/// Whether a Redis server answers `PING`.
package typealias RedisCheck = ConnectionCheck<Connection>

extension RedisCheck {
  package convenience init(_ connector: Connector) {
    self.init { deadline throws(CheckFailure) in
      do throws(RedisError) {
        return try await connector.connect(before: deadline)
      } catch {
        throw CheckFailure(error)
      }
    }
  }
}

extension Connection: KeptConnection {
  package func ask(before deadline: Instant) async throws(CheckFailure) {
    do throws(RedisError) {
      guard try await reply(to: ["PING"], before: deadline) == .status("PONG") else {
        throw RedisError(.protocol, "the reply to PING is not PONG")
      }
    } catch {
      throw CheckFailure(error)
    }
  }
}

extension CheckFailure {
  fileprivate init(_ error: RedisError) { self.init(error.reason, detail: error.detail) }
}
