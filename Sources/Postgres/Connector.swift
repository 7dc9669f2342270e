package import EventLoop
internal import Health

/// Opens connections: resolves the hosts of a connection string, off the loop, and tries their addresses in turn.
///
/// libpq would do that itself, but it resolves names with a blocking call and, without blocking, never leaves an address
/// that does not answer.
package struct Connector: Sendable {
  package var string: ConnectionString
  package var loop: EventLoop
  package var resolver: Resolver
  /// Told what the server remarks on (NOTICE, WARNING), without passwords.
  package var onNotice: Connection.NoticeHandler

  package init(
    _ string: ConnectionString, on loop: EventLoop, resolver: Resolver,
    onNotice: @escaping Connection.NoticeHandler = { _ in }
  ) {
    self.string = string
    self.loop = loop
    self.resolver = resolver
    self.onNotice = onNotice
  }

  /// Connects to the first address that takes the connection.
  ///
  /// A host that is silent leaves time to the next one.
  ///
  /// - Throws: the last refusal; or `timeout` where an attempt had no answer, as that host may be well.
  package func connect(before deadline: Instant) async throws(PostgresError) -> Connection {
    try await first(of: string.attempts, before: deadline) { attempt, deadline throws(PostgresError) in
      guard attempt.isUnresolved else { return try await open(attempt.parameters(address: nil), before: deadline) }
      let addresses = try await resolve(attempt.host, before: deadline)
      return try await first(of: addresses, before: deadline) { address, deadline throws(PostgresError) in
        try await open(attempt.parameters(address: address), before: deadline)
      }
    }
  }

  private func resolve(_ host: ConnectionString.Host, before deadline: Instant) async throws(PostgresError) -> [String]
  {
    do {
      let addresses = try await resolver.resolve(host.name, port: host.port, before: deadline)
      return addresses.compactMap { if case .ip(let literal, _) = $0.kind { literal } else { nil } }
    } catch {
      throw PostgresError(error)
    }
  }

  /// What the first of `candidates` gives that does not fail, each with an equal share of the time that is left.
  private func first<Candidate>(
    of candidates: [Candidate], before deadline: Instant,
    _ connect: (Candidate, Instant) async throws(PostgresError) -> Connection
  ) async throws(PostgresError) -> Connection {
    var failures: [PostgresError] = []
    for (index, candidate) in candidates.enumerated() {
      let now = Instant.now
      do {
        return try await connect(candidate, now + (deadline - now) / (candidates.count - index))
      } catch {
        failures.append(error)
        guard error.allowsNextHost else { break }
      }
    }
    throw PostgresError(failures)
  }

  private func open(_ parameters: [String: String], before deadline: Instant) async throws(PostgresError) -> Connection
  {
    let connection = Connection(parameters, secrets: string.secrets, on: loop, onNotice: onNotice)
    do {
      let limit = string.connectTimeout.map { min(deadline, .now + $0) }
      try await connection.establish(before: limit ?? deadline)
    } catch {
      connection.close()
      throw error
    }
    return connection
  }
}

extension PostgresError {
  /// The one of several attempts that is reported, with the details of all.
  fileprivate init(_ failures: [PostgresError]) {
    let details = failures.map(\.detail).joined(separator: "; ")
    let chosen = failures.first { $0.reason == .timeout } ?? failures.last
    self.init(chosen?.reason ?? .internal, details, sqlState: chosen?.sqlState)
  }
}
