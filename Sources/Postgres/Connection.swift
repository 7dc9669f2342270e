internal import CPostgres
package import EventLoop
internal import Health

/// A connection to a PostgreSQL server, on libpq's non-blocking calls.
///
/// One task at a time uses it, on the loop. libpq may close its socket and open another at any step, so each wait
/// registers the socket of the moment and forgets it afterwards.
package final class Connection: @unchecked Sendable {
  package typealias NoticeHandler = @Sendable (String) -> Void

  private let loop: EventLoop
  private let secrets: [String]
  private let onNotice: NoticeHandler
  private(set) var handle: OpaquePointer?
  private var waiting: Channel?

  /// Begins to connect, with `parameters` that name one address: libpq must have nothing to resolve.
  init(
    _ parameters: [String: String], secrets: [String], on loop: EventLoop, onNotice: @escaping NoticeHandler
  ) {
    self.loop = loop
    self.secrets = secrets
    self.onNotice = onNotice
    handle = Libpq.start(parameters)
    // The codes of errors, which libpq has no other way to tell before the connection stands.
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    PQsetNoticeProcessor(
      handle,
      { context, message in
        guard let context, let message else { return }
        Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().notice(String(cString: message))
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit { close() }

  /// Completes what `init` began: connects, negotiates TLS where `sslmode` says so, and logs in.
  func establish(before deadline: Instant) async throws(PostgresError) {
    guard PQstatus(handle) != CONNECTION_BAD else { throw failure() }
    var step = PGRES_POLLING_WRITING
    while step != PGRES_POLLING_OK {
      guard step != PGRES_POLLING_FAILED else { throw failure() }
      try await wait(for: step == PGRES_POLLING_READING ? .read : .write, before: deadline)
      step = PQconnectPoll(handle)
    }
    guard PQsetnonblocking(handle, 1) == 0 else { throw failure() }
  }

  /// The server's version as libpq counts it: 150020 is 15.20.
  package var serverVersion: Int { Int(PQserverVersion(handle)) }

  /// Whether the connection stands, as far as this side knows.
  package var isOpen: Bool { handle != nil && PQstatus(handle) == CONNECTION_OK }

  /// Sends one statement and waits for its rows.
  ///
  /// Where the answer does not come in time, the connection is closed: it would be taken for the next statement's.
  package func query(_ sql: String, before deadline: Instant) async throws(PostgresError) -> Rows {
    do {
      return try await send(sql, before: deadline)
    } catch {
      if error.reason == .timeout || !isOpen { close() }
      throw error
    }
  }

  private func send(_ sql: String, before deadline: Instant) async throws(PostgresError) -> Rows {
    guard PQsendQuery(handle, sql) == 1 else { throw failure() }
    try await flush(before: deadline)
    var rows = Rows()
    var refusal: PostgresError?
    while let result = try await nextResult(before: deadline) {
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_TUPLES_OK: rows = Rows(result)
      case PGRES_COMMAND_OK: break
      case PGRES_FATAL_ERROR: refusal = refusal ?? failure(of: result)
      default:
        // COPY, which would go on for ever here.
        close()
        throw PostgresError(.internal, "the statement returned no rows")
      }
    }
    if let refusal { throw refusal }
    return rows
  }

  /// Waits until the kernel has taken all that libpq holds for the server.
  func flush(before deadline: Instant) async throws(PostgresError) {
    while true {
      switch PQflush(handle) {
      case 0: return
      case 1: try await wait(for: .write, before: deadline)
      default: throw failure()
      }
    }
  }

  /// The next result of the statement under way, to be freed by the caller; nil after the last.
  func nextResult(before deadline: Instant) async throws(PostgresError) -> OpaquePointer? {
    while PQisBusy(handle) != 0 {
      try await wait(for: .read, before: deadline)
      guard PQconsumeInput(handle) == 1 else { throw failure() }
    }
    return PQgetResult(handle)
  }

  /// Waits on the idle connection until the server ends it, or until `deadline`.
  ///
  /// What the server sends meanwhile (a notice, a changed parameter) is taken in.
  ///
  /// - Returns: whether the connection is over; false where the task is cancelled.
  package func ended(before deadline: Instant) async -> Bool {
    await withTaskCancellationHandler {
      await idle(before: deadline) && !Task.isCancelled
    } onCancel: {
      loop.spawn { self.waiting?.forget() }
    }
  }

  private func idle(before deadline: Instant) async -> Bool {
    while isOpen {
      do throws(PostgresError) {
        try await wait(for: .read, before: deadline)
      } catch {
        return error.reason != .timeout
      }
      guard PQconsumeInput(handle) == 1 else { break }
      // It parses what has come, and so keeps libpq's buffer from growing.
      _ = PQisBusy(handle)
      while let notification = PQnotifies(handle) { PQfreemem(notification) }
    }
    return true
  }

  /// Says goodbye without waiting and closes the socket.
  ///
  /// The task that waits here, if any, fails. A second call does nothing.
  package func close() {
    waiting?.forget()
    waiting = nil
    PQfinish(handle)
    handle = nil
  }

  // MARK: Waiting and errors

  private func wait(for interest: Channel.Interest, before deadline: Instant) async throws(PostgresError) {
    // A server that never stops sending is as late as one that never begins.
    guard loop.now < deadline else { throw timedOut() }
    do throws(IOError) {
      let channel = try Channel(PQsocket(handle), on: loop)
      waiting = channel
      // `close` has forgotten it already where it came first, and another may own the descriptor by then.
      defer { if waiting === channel { forget(channel) } }
      // libpq has tried already, so only an event counts; registering reports what is ready at present.
      if interest == .read { channel.didDrain() } else { channel.didFill() }
      try await channel.ready(for: interest, before: deadline)
    } catch {
      throw error.reason == .timedOut ? timedOut() : PostgresError(error)
    }
  }

  private func forget(_ channel: Channel) {
    channel.forget()
    waiting = nil
  }

  private func timedOut() -> PostgresError {
    guard let handle, let host = PQhost(handle), let port = PQport(handle) else {
      return PostgresError(.timeout, "closed at the deadline")
    }
    let stage =
      switch PQstatus(handle) {
      case CONNECTION_OK: "no answer to the query"
      case CONNECTION_STARTED: "no answer to the connection request"
      default: "connected, but no answer to the login"
      }
    return PostgresError(.timeout, "\(stage) from \(String(cString: host)):\(String(cString: port))")
  }

  /// Why the last call on the connection failed.
  func failure() -> PostgresError {
    guard let handle else { return PostgresError(.internal, "the connection is closed, or memory is short") }
    return PostgresError(message: String(cString: PQerrorMessage(handle)), secrets: secrets)
  }

  /// Why the server refused.
  func failure(of result: OpaquePointer) -> PostgresError {
    // PG_DIAG_SQLSTATE, a character constant that Swift does not import.
    let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
    return PostgresError(message: String(cString: PQresultErrorMessage(result)), sqlState: code, secrets: secrets)
  }

  private func notice(_ message: String) { onNotice(PostgresError.scrubbed(message, of: secrets)) }
}
