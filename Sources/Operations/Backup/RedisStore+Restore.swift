import Engine
import EventLoop

extension RedisStore {
  /// Where a staging server listens, on the loopback device that it shares with the server.
  package static let stagingPort = 16379

  /// How long the copy may take to begin.
  private static let patience = Duration.seconds(60)
  /// How long a copy that has begun may take to load, for a server that has to take writes again.
  private static let loadingTime = Duration.seconds(900)

  /// Puts a snapshot into this container and starts a server on it, on a port of the loopback device.
  ///
  /// - Throws: `failed` where the server does not load the snapshot.
  package func stage(input: @escaping () throws(OperationError) -> [UInt8]) async throws(OperationError) {
    try await shell.stream("exec cat >/data/dump.rdb", does: "copying the snapshot", input: input) { _ in }
    let script = """
      cd /data
      redis-server --port "$1" --bind 127.0.0.1 --dir /data --dbfilename dump.rdb --appendonly no --save '' \
        --repl-diskless-sync-delay 0 --daemonize yes --logfile /data/log >/dev/null
      for i in $(seq 36000); do
        if redis-cli -p "$1" INFO persistence 2>/dev/null | grep -q '^loading:0'; then exit 0; fi
        if [ $i -gt 20 ] && ! redis-cli -p "$1" PING >/dev/null 2>&1; then tail -n 3 /data/log >&2; exit 1; fi
        sleep 0.1
      done
      exit 1
      """
    _ = try await shell.run(script, ["\(port)"], does: "loading the snapshot")
  }

  /// Replaces all keys by those of a staging server on this server's loopback device: as its replica for a moment.
  ///
  /// The server goes on meanwhile and takes no writes; its own keys are dropped once it has all of the others. Its files on
  /// the disk, the append-only one, too, are written anew.
  package func adopt(_ staged: RedisStore, _ waiting: Waiting) async throws(OperationError) {
    guard try await info("replication")["role"] == "master" else {
      throw OperationError(
        .failed, "\(shell.title) is a replica", advice: "Restore into its primary; replicas follow by themselves.")
    }
    let wanted = try await staged.keys()
    try await tell(passwordOfPrimaryTo: staged)
    var failure: OperationError?
    do throws(OperationError) {
      var begun = Instant.now
      _ = try await command("REPLICAOF", "127.0.0.1", "\(staged.port)")
      try await waiting.untilNothing { () throws(OperationError) in
        let facts = try await info("replication")
        if facts["master_link_status"] == "up", facts["master_sync_in_progress"] == "0" { return nil }
        if facts["master_sync_in_progress"] == "1" { begun = .now }
        guard .now - begun < Self.patience else {
          throw OperationError(.failed, "\(shell.title): it can't copy the snapshot's keys (see its log)")
        }
        return "\(shell.title) still copies the keys of the snapshot"
      }
    } catch {
      failure = error
    }
    try await becomePrimary(after: failure)
    let got = try await keys()
    guard got.elementsEqual(wanted, by: ==) || isSmaller(got, than: wanted) else {
      throw OperationError(.failed, "\(shell.title): it has \(got) after the restore, where the snapshot has \(wanted)")
    }
    try await awaitRewrite(waiting)
    try await save(waiting)
  }

  /// Whatever has happened, it must take writes again.
  ///
  /// - Throws: `failure`, which it keeps in sight where this fails, too.
  private func becomePrimary(after failure: OperationError?) async throws(OperationError) {
    let end = Instant.now + Self.loadingTime
    while true {
      do throws(OperationError) {
        _ = try await RedisStore(shell.unstoppable, port: port).command("REPLICAOF", "NO", "ONE")
        break
      } catch {
        // It can't be told while it loads the keys that it has got, and then has all of them.
        if error.message.contains("LOADING "), .now < end {
          await shell.manager.client.loop.sleep(until: .now + .milliseconds(200))
          continue
        }
        throw OperationError(
          failure?.kind ?? error.kind, (failure.map { "\($0.message); and " } ?? "") + error.message,
          advice: "Where \(shell.title) still runs, it may refuse writes: redis-cli REPLICAOF NO ONE, or restart it.")
      }
    }
    if let failure { throw failure }
  }

  /// A server that has a password for its primary sends it to whatever is its primary, which has to know it then.
  private func tell(passwordOfPrimaryTo staged: RedisStore) async throws(OperationError) {
    let reply = try await command("CONFIG", "GET", "masterauth").split(separator: "\n")
    guard reply.count > 1 else { return }
    var rest = Array(reply[1].utf8)
    // By the input: arguments can be seen.
    try await staged.shell.stream(
      #"exec redis-cli -p "$1" -x CONFIG SET requirepass"#, ["\(staged.port)"], does: "setting a password",
      input: { () throws(OperationError) in
        defer { rest = [] }
        return rest
      }, output: { _ in })
  }

  /// Keys may have expired since.
  private func isSmaller(_ got: [(database: Int, keys: Int)], than wanted: [(database: Int, keys: Int)]) -> Bool {
    let limits = Dictionary(uniqueKeysWithValues: wanted.map { ($0.database, $0.keys) })
    return got.allSatisfy { $0.keys <= limits[$0.database] ?? 0 }
  }

  /// Waits for the append-only file, which a replica writes anew after it has got everything.
  private func awaitRewrite(_ waiting: Waiting) async throws(OperationError) {
    try await waiting.untilNothing { () throws(OperationError) in
      let facts = try await info("persistence")
      guard facts["aof_enabled"] == "1" else { return nil }
      if facts["aof_rewrite_in_progress"] == "0", facts["aof_rewrite_scheduled"] == "0" {
        guard facts["aof_last_bgrewrite_status"] == "ok" else {
          throw OperationError(.failed, "\(shell.title): the append-only file could not be written (see its log)")
        }
        return nil
      }
      return "\(shell.title) still writes its append-only file anew"
    }
  }
}
