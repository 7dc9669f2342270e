import FoundationEssentials

/// A PostgreSQL in a container, spoken to by the programs that come with it.
package struct PostgresStore: Sendable {
  let shell: ContainerShell

  package init(_ shell: ContainerShell) { self.shell = shell }

  /// What the cluster is.
  package struct Facts: Codable, Equatable, Sendable {
    /// `server_version_num`: 150014.
    package var version: Int
    package var user: String
    package var databases: [String]
  }

  /// Who connects, as the image's variables tell it, and with which password where one is asked for.
  private static let login = """
    set -eu
    value() { eval "file=\\${$1_FILE:-}"; if [ -n "$file" ] && [ -r "$file" ]; then cat "$file"; else eval "printf %s \\"\\${$1:-}\\""; fi; }
    PGUSER=${PGUSER:-$(value POSTGRES_USER)} PGPASSWORD=${PGPASSWORD:-$(value POSTGRES_PASSWORD)}
    PGUSER=${PGUSER:-postgres} PGDATABASE=${PGDATABASE:-postgres} PGAPPNAME=${PGAPPNAME:-vitals}
    export PGUSER PGPASSWORD PGDATABASE PGAPPNAME

    """

  package func facts() async throws(OperationError) -> Facts {
    let query = """
      SELECT json_build_object('version', current_setting('server_version_num')::int, 'user', current_user, 'databases',
      (SELECT json_agg(datname ORDER BY datname) FROM pg_database WHERE datallowconn AND NOT datistemplate))
      """
    let answer = try await psql(query, does: "the question for databases")
    guard let facts = try? JSONDecoder().decode(Facts.self, from: Data(answer.utf8)) else {
      throw OperationError(.failed, "\(shell.title): psql said something unexpected: \(answer.prefix(200))")
    }
    return facts
  }

  /// Roles without their passwords, tablespaces, and of databases what their own dumps do not hold.
  package func dumpGlobals(_ output: ([UInt8]) throws(OperationError) -> Void) async throws(OperationError) {
    let script = #"pg_dumpall --globals-only --no-role-passwords; exec psql -XAtq -v ON_ERROR_STOP=1 -c "$1""#
    try await shell.stream(Self.login + script, [Self.databaseSettings], does: "pg_dumpall") {
      bytes throws(OperationError) in try output(bytes)
    }
  }

  /// A database, in pg_dump's own format, which is compressed.
  package func dump(
    _ database: String, _ output: ([UInt8]) async throws(OperationError) -> Void
  ) async throws(OperationError) {
    try await endable { name throws(OperationError) in
      try await shell.stream(
        Self.login + "exec pg_dump --format=custom --lock-wait-timeout=60s",
        environment: ["PGDATABASE=\(database)", "PGAPPNAME=\(name)"], does: "pg_dump of \(database)", output: output)
    }
  }

  /// Checks that `pg_restore` of this server reads the table of contents of a dump.
  package func check(
    _ entry: String, input: @escaping () throws(OperationError) -> [UInt8]
  ) async throws(OperationError) {
    // It reads no further than that, and the rest is not sent.
    try await shell.stream("exec pg_restore --list >/dev/null", does: "reading \(entry)", input: input) { _ in }
  }

  /// Makes roles and databases that are missing, and sets what the backup has of them.
  ///
  /// - Returns: what went wrong, without what was there already.
  package func restoreGlobals(_ script: [UInt8]) async throws(OperationError) -> [String] {
    var rest = script
    let complaints = try await shell.stream(
      Self.login + "exec psql -Xq -o /dev/null", does: "psql of roles",
      input: { () throws(OperationError) in
        defer { rest = [] }
        return rest
      }, output: { _ in })
    return complaints.split(separator: "\n").map(String.init)
      .filter { $0.contains("ERROR:") && !$0.hasSuffix("already exists") }
  }

  /// Replaces all that a database holds by what a dump holds: in one transaction, so all or nothing.
  package func restore(
    _ database: String, input: @escaping () throws(OperationError) -> [UInt8]
  ) async throws(OperationError) {
    let done = "vitals: restored"
    // A pg_restore that fails leaves the transaction open, and the end of the input ends it without effect.
    let script = """
      { printf '%s\\n' "$1"
        if pg_restore --single-transaction --file=-; then printf '\\\\echo \(done)\\n'; fi
      } | psql -Xq -o /dev/null -v ON_ERROR_STOP=1
      """
    var said: [UInt8] = []
    try await endable { name throws(OperationError) in
      try await shell.stream(
        Self.login + script, [Self.emptyDatabase], environment: ["PGDATABASE=\(database)", "PGAPPNAME=\(name)"],
        does: "the restore of \(database)", input: input
      ) { bytes throws(OperationError) in said += bytes.prefix(1000) }
    }
    guard String(decoding: said, as: UTF8.self).contains(done) else {
      throw OperationError(
        .failed, "\(shell.title): the restore of \(database) did not come to its end; the database is as it was")
    }
  }

  /// Runs what may take long, and ends its session on the server where nobody waits for it any more.
  ///
  /// A command goes on where whoever started it has gone, and its transaction would keep tables locked for so long.
  ///
  /// - Parameter body: takes the name that its session is to have.
  private func endable(_ body: (String) async throws(OperationError) -> Void) async throws(OperationError) {
    let name = "vitals \(String(UInt64.random(in: .min ... .max), radix: 16))"
    do throws(OperationError) {
      try await body(name)
    } catch {
      await end(name)
      throw error
    }
  }

  private func end(_ name: String) async {
    let script = """
      for i in $(seq 100); do
        left=$(psql -XAtq -v ON_ERROR_STOP=1 -c "$1") && [ "$left" = 0 ] && exit 0
        sleep 0.1
      done
      exit 1
      """
    let query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '\(name)'"
    // A server that does not answer has ended it itself.
    _ = try? await shell.unstoppable.run(Self.login + script, [query], does: "ending a session")
  }

  /// Counts anew what the planner goes by: a dump has no statistics.
  package func analyze(_ database: String) async throws(OperationError) {
    _ = try await psql("ANALYZE", database: database, does: "ANALYZE of \(database)")
  }

  /// How many rows each table of a database has, by `schema.table`.
  package func rows(in database: String) async throws(OperationError) -> [(table: String, rows: Int)] {
    let script = #"printf '%s \\gexec\n' "$1" | psql -XAtq -v ON_ERROR_STOP=1"#
    let query = """
      SELECT format('SELECT %L, count(*) FROM ONLY %I.%I', n.nspname || '.' || c.relname, n.nspname, c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1
      """.split(separator: "\n").joined(separator: " ")
    let answer = try await shell.run(
      Self.login + script, [query], environment: ["PGDATABASE=\(database)"], does: "counting the rows of \(database)")
    return answer.split(separator: "\n").compactMap { line in
      guard let bar = line.lastIndex(of: "|"), let count = Int(line[line.index(after: bar)...]) else { return nil }
      return (String(line[..<bar]), count)
    }
  }

  /// Asks until the server takes connections by TCP, which it does once it is complete.
  package func awaitStart() async throws(OperationError) {
    let script = "for i in $(seq 600); do if pg_isready -q -h 127.0.0.1; then exit 0; fi; sleep 0.1; done; exit 1"
    _ = try await shell.run(script, does: "the start of PostgreSQL")
  }

  private func psql(
    _ query: String, database: String? = nil, does action: String
  ) async throws(OperationError) -> String {
    try await shell.run(
      Self.login + #"exec psql -XAtq -v ON_ERROR_STOP=1 -c "$1""#, [query],
      environment: database.map { ["PGDATABASE=\($0)"] } ?? [], does: action)
  }
}
