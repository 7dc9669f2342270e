/// A Redis in a container, spoken to by its own redis-cli.
package struct RedisStore: Sendable {
  let shell: ContainerShell
  /// Where it listens in the container.
  let port: Int

  package init(_ shell: ContainerShell, port: Int = 6379) {
    self.shell = shell
    self.port = port
  }

  /// The password comes from where the container has it, and goes by the environment.
  private static let login = """
    set -eu
    if [ -z "${REDISCLI_AUTH:-}" ]; then
      for file in "${REDIS_PASSWORD_FILE:-}" /run/secrets/redis_password /run/secrets/*redis*; do
        if [ -f "$file" ] && [ -r "$file" ]; then REDISCLI_AUTH=$(cat "$file"); break; fi
      done
      REDISCLI_AUTH=${REDISCLI_AUTH:-${REDIS_PASSWORD:-}}
    fi
    if [ -n "$REDISCLI_AUTH" ]; then export REDISCLI_AUTH; else unset REDISCLI_AUTH; fi
    port=$1; shift

    """

  /// Sends a command and returns the reply as redis-cli prints it.
  func command(_ words: String...) async throws(OperationError) -> String {
    let reply = try await shell.run(
      Self.login + #"exec redis-cli -p "$port" "$@""#, ["\(port)"] + words, does: "redis-cli \(words[0])")
    let isRefusal = ["NOAUTH ", "WRONGPASS ", "NOPERM ", "ERR ", "LOADING ", "MISCONF "].contains {
      reply.hasPrefix($0)
    }
    guard !isRefusal else { throw OperationError(.failed, "\(shell.title): \(words[0]): \(reply)") }
    return reply
  }

  /// The fields of a section of INFO.
  package func info(_ section: String) async throws(OperationError) -> [String: String] {
    var fields: [String: String] = [:]
    for line in try await command("INFO", section).split(whereSeparator: \.isNewline) {
      if let colon = line.firstIndex(of: ":") {
        fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
      }
    }
    return fields
  }

  /// How many keys each database has, by its number.
  package func keys() async throws(OperationError) -> [(database: Int, keys: Int)] {
    try await info("keyspace").compactMap { name, value in
      guard name.hasPrefix("db"), let database = Int(name.dropFirst(2)),
        let count = value.split(separator: ",").first?.split(separator: "=").last.flatMap({ Int($0) })
      else { return nil }
      return (database, count)
    }.sorted { $0.database < $1.database }
  }

  /// Has the server write a snapshot, and hands it over.
  ///
  package func snapshot(
    _ waiting: Waiting, _ output: ([UInt8]) async throws(OperationError) -> Void
  ) async throws(OperationError) {
    try await save(waiting)
    let script = """
      get() { redis-cli -p "$port" CONFIG GET "$1" | sed -n 2p; }
      dir=$(get dir) file=$(get dbfilename)
      case $dir in /*) ;; *) dir=/data file=dump.rdb ;; esac
      exec cat "$dir/$file"
      """
    try await shell.stream(Self.login + script, ["\(port)"], does: "reading the snapshot", output: output)
  }

  /// Has the server write its snapshot file, and waits for it.
  func save(_ waiting: Waiting) async throws(OperationError) {
    // The end of a save is told in seconds of the server's clock.
    let start = Int(try await command("TIME").split(separator: "\n").first ?? "") ?? 0
    try await waiting.untilNothing { () throws(OperationError) in
      do throws(OperationError) {
        // An AOF that is being rewritten comes first.
        _ = try await command("BGSAVE", "SCHEDULE")
        return nil
      } catch {
        // The one under way may have begun long ago.
        guard error.message.contains("already in progress") else { throw error }
        return "\(shell.title) still writes an earlier snapshot"
      }
    }
    try await waiting.untilNothing { () throws(OperationError) in
      let facts = try await info("persistence")
      if facts["rdb_bgsave_in_progress"] == "0" {
        guard facts["rdb_last_bgsave_status"] == "ok" else {
          throw OperationError(
            .failed, "\(shell.title): the snapshot could not be written (rdb_last_bgsave_status)",
            advice: "Its log says why: vitals logs redis; often its disk or memory is full.")
        }
        if let last = facts["rdb_last_save_time"].flatMap({ Int($0) }), last >= start { return nil }
      }
      return "\(shell.title) still writes its snapshot"
    }
  }
}
