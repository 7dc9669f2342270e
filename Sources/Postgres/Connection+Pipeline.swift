internal import CPostgres
package import EventLoop
internal import Health

extension Connection {
  /// Sends several transactions at once and waits for what each came to.
  ///
  /// Each is a list of statements, without BEGIN and COMMIT. One that is refused is rolled back, and the others go on.
  /// All of their text together has to fit into the kernel's buffers: nothing is received while it is sent.
  ///
  /// - Returns: of each the rows of its last statement, or why it was refused.
  /// - Throws: where the connection fails, or not all answers come in time; it is closed then.
  package func pipeline(
    _ transactions: [[String]], before deadline: Instant
  ) async throws(PostgresError) -> [Result<Rows, PostgresError>] {
    do {
      return try await exchange(transactions, before: deadline)
    } catch {
      close()
      throw error
    }
  }

  private func exchange(
    _ transactions: [[String]], before deadline: Instant
  ) async throws(PostgresError) -> [Result<Rows, PostgresError>] {
    guard PQenterPipelineMode(handle) == 1 else { throw failure() }
    for statements in transactions {
      for sql in statements {
        guard PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 0) == 1 else { throw failure() }
      }
      // What stands between two of these is one transaction.
      guard PQpipelineSync(handle) == 1 else { throw failure() }
    }
    try await flush(before: deadline)
    var outcomes: [Result<Rows, PostgresError>] = []
    for statements in transactions {
      outcomes.append(try await outcome(of: statements.count, before: deadline))
    }
    guard PQexitPipelineMode(handle) == 1 else { throw failure() }
    return outcomes
  }

  /// What a transaction of so many statements came to.
  private func outcome(of statements: Int, before deadline: Instant) async throws(PostgresError)
    -> Result<Rows, PostgresError>
  {
    var rows = Rows()
    var refusal: PostgresError?
    do throws(PostgresError) {
      for _ in 0..<statements {
        while let result = try await nextResult(before: deadline) {
          defer { PQclear(result) }
          switch PQresultStatus(result) {
          case PGRES_TUPLES_OK: rows = Rows(result)
          case PGRES_FATAL_ERROR: refusal = refusal ?? failure(of: result)
          // A statement behind the one that was refused.
          default: break
          }
        }
      }
      guard let end = try await nextResult(before: deadline) else { throw failure() }
      defer { PQclear(end) }
      guard PQresultStatus(end) == PGRES_PIPELINE_SYNC else { throw failure(of: end) }
    } catch {
      // A server that ends the session has said why before.
      throw error.reason == .timeout ? error : refusal ?? error
    }
    if let refusal { return .failure(refusal) }
    return .success(rows)
  }
}
