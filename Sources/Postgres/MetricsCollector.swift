package import EventLoop
internal import Health
package import Metrics

/// Asks a server about itself on a connection of its own, which is kept.
///
/// It lives on the loop's thread. One refresh at a time.
package final class MetricsCollector: @unchecked Sendable {
  package struct Options: Sendable {
    /// How many statements of pg_stat_statements to tell of; 0 for none.
    package var statements = 20
    /// How often at most to ask what costs the server most: the sizes of databases, all settings.
    package var slowInterval = Duration.seconds(60)
    /// How long one statement may take.
    package var statementTimeout = Duration.seconds(5)

    package init() {}
  }

  /// What a refresh came to.
  package struct Answer: Sendable {
    package var families: [Family] = []
    /// What the server did not tell, by the query's name, and why.
    package var refusals: [(name: String, error: PostgresError)] = []
  }

  private let keeper: ConnectionKeeper<Connection, PostgresError>
  private let label: ServerLabel
  private let options: Options
  private var installed: StatementsExtension?
  /// What is asked, and of which version.
  private var questions: (version: ServerVersion, fast: [Query], slow: [Query])?
  /// When to ask the slow questions again, and what they brought.
  private var slowTime = Instant(nanoseconds: .min)
  private var slowAnswer = Answer()

  /// A collector that has asked nothing yet.
  package init(_ connector: Connector, label: ServerLabel, options: Options = Options()) {
    keeper = ConnectionKeeper(connect: connector.connect)
    self.label = label
    self.options = options
  }

  /// Asks everything, but for the queries of these names.
  ///
  /// A query that is refused leaves out its own families and no others.
  ///
  /// - Throws: where there is no connection, or its server does not answer in time.
  package func refresh(before deadline: Instant, without names: Set<String>) async throws(PostgresError) -> Answer {
    try await keeper.use(before: deadline) { connection throws(PostgresError) in
      try await ask(connection, before: deadline, without: names)
    }
  }

  /// Closes the connection; the next refresh opens another.
  package func close() { keeper.close() }

  private func ask(_ connection: Connection, before deadline: Instant, without names: Set<String>)
    async throws(PostgresError) -> Answer
  {
    let version = ServerVersion(connection.serverVersion)
    let isTimeForSlow = slowTime <= .now
    if isTimeForSlow, options.statements > 0 { installed = try await findStatements(connection, before: deadline) }
    let (fast, slow) = questions(for: version)
    var queries = fast
    if let installed { queries.append(.statements(options.statements, of: installed, for: version)) }
    var answer = try await run(queries, on: connection, before: deadline, without: names)
    if isTimeForSlow {
      slowTime = .now + options.slowInterval
      do throws(PostgresError) {
        slowAnswer = try await run(slow, on: connection, before: deadline, without: names)
      } catch {
        // What the fast ones brought is no worse for it.
        slowAnswer = Answer(refusals: [("slow queries", error)])
      }
    }
    answer.families += slowAnswer.families
    answer.refusals += slowAnswer.refusals
    return answer
  }

  private func questions(for version: ServerVersion) -> (fast: [Query], slow: [Query]) {
    if let questions, questions.version == version { return (questions.fast, questions.slow) }
    let (fast, slow) = (Query.fast(for: version), Query.slow(for: version))
    questions = (version, fast, slow)
    return (fast, slow)
  }

  private func run(
    _ queries: [Query], on connection: Connection, before deadline: Instant, without names: Set<String>
  ) async throws(PostgresError) -> Answer {
    let queries = queries.filter { !names.contains($0.name) }
    let outcomes = try await connection.pipeline(queries.map { [limits, $0.sql] }, before: deadline)
    var answer = Answer()
    for (query, outcome) in zip(queries, outcomes) {
      switch outcome {
      case .success(let rows): answer.families += query.families(rows, label)
      case .failure(let error): answer.refusals.append((query.name, error))
      }
    }
    return answer
  }

  private func findStatements(_ connection: Connection, before deadline: Instant) async throws(PostgresError)
    -> StatementsExtension?
  {
    let outcome = try await connection.pipeline([[limits, Query.statementsExtension]], before: deadline)[0]
    guard case .success(let rows) = outcome, let row = rows.values.first, let schema = row[0], let version = row[1]
    else { return nil }
    return StatementsExtension(schema: schema, version: version)
  }

  /// What each transaction begins with.
  ///
  /// It holds for that transaction alone: behind a pooler, settings of a session would reach other clients.
  var limits: String {
    """
    SELECT set_config('statement_timeout', '\(options.statementTimeout.milliseconds)', true), \
    set_config('lock_timeout', '1000', true), set_config('transaction_read_only', 'on', true)
    """
  }
}

extension Query {
  /// What is asked at each refresh.
  static func fast(for version: ServerVersion) -> [Query] {
    let views: [View] = [
      .postmaster, .activity, .transactions, .locks, .databases, .databaseConflicts, .wraparound, .replication,
      .standbys, .slots, .receiver, .backgroundWriter, .archiver, .tables,
    ]
    return [Query.version] + views.map { $0.query(for: version) }
  }

  /// What is asked more seldom.
  static func slow(for version: ServerVersion) -> [Query] { [.settings, View.sizes.query(for: version)] }
}

extension Duration {
  fileprivate var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
