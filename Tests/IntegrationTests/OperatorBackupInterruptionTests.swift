import Foundation
import Glibc
import Testing

/// Backups and restores that do not come to their end.
extension EngineTests.OperatorBackupTests {
  @Test func `whatever ends a restore, all is as before or as in the backup, and in order`() throws {
    let scene = try BackupScene()
    defer { scene.stop() }
    let (file, backup) = try write(scene)
    try scene.psql("CREATE TABLE later (id int); INSERT INTO later VALUES (2)")
    try scene.redis("SET later 2")
    let before = try State(scene)
    #expect(before != backup)

    try unfinished(["--yes", file], scene, .code(130), says: "interrupted", isIndexing) { $0.signal(SIGINT) }
    #expect(try State(scene) == before)
    try unfinished(["--yes", file], scene, .code(130), says: "interrupted", isIndexing) { $0.signal(SIGTERM) }
    #expect(try State(scene) == before)
    try unfinished(["--yes", "--timeout", "10s", file], scene, .code(4), says: "not over in time") { _ in
      true
    } _: { _ in
    }
    #expect(try State(scene) == before)
    try unfinished(["--yes", file], scene, .code(1), says: "postgres", isIndexing) { _ in
      try scene.engine.docker("kill", try scene.container("postgres"))
      try scene.awaitStores()
    }
    #expect(try State(scene) == before)

    // A dump that this server can't take to its end.
    let extensions = "/usr/share/postgresql/15/extension"
    try scene.engine.docker("exec", "-u", "0", scene.container("postgres"), "rm", "\(extensions)/pg_trgm.control")
    try unfinished(["--yes", file], scene, .code(1), says: "pg_trgm") { _ in
      true
    } _: { _ in
    }
    #expect(try State(scene) == before)

    // A copy of Redis' keys that does not begin.
    let redis = ["--yes", "--only", "redis", file]
    func copies(_ scene: BackupScene) throws -> Bool { try scene.redis("INFO replication").contains("role:slave") }
    try scene.redis("CONFIG SET masteruser nobody masterauth nothing")
    try unfinished(redis, scene, .code(130), says: "interrupted", copies) { $0.signal(SIGINT) }
    #expect(try State(scene) == before)
    try unfinished(redis, scene, .code(1), says: "redis", copies) { _ in
      try scene.engine.docker("kill", try scene.container("redis"))
      try scene.awaitStores()
    }
    #expect(try State(scene) == before)

    // One that has replaced the keys, and loads: a server that does so takes no command.
    try scene.redis("CONFIG SET key-load-delay 100000 loading-process-events-interval-bytes 1024")
    func loads(_ scene: BackupScene) throws -> Bool { try scene.redis("INFO persistence").contains("loading:1") }
    try unfinished(redis, scene, .code(130), says: "interrupted", loads) { $0.signal(SIGINT) }
    #expect(try State(scene) == State(rows: before.rows, keys: backup.keys))

    try interruptVerification(file, scene)
    try interruptBackup(scene)
  }

  /// What is in the stores.
  private struct State: Equatable {
    var rows: String
    var keys: String

    init(rows: String, keys: String) {
      self.rows = rows
      self.keys = keys
    }

    init(_ scene: BackupScene) throws {
      rows = try scene.contents("pilito")
      keys = try scene.keys(0)
    }
  }

  // MARK: Steps

  /// Makes a backup whose restore stands still at an index, as that is computed with a function that sleeps.
  private func write(_ scene: BackupScene) throws -> (file: String, State) {
    try scene.psql(
      """
      CREATE EXTENSION pg_trgm;
      CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
      CREATE TABLE note (id int);
      INSERT INTO note VALUES (1);
      CREATE INDEX ON note (slow(id));
      CREATE OR REPLACE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(600); RETURN $1; END';
      """)
    // Not to be compressed.
    let script = """
      for i = 1, 40 do local text = '' for j = 1, 60 do text = text .. redis.sha1hex(i .. ':' .. j) end \
      redis.call('SET', 'key' .. i, text) end
      """
    try scene.redis("EVAL \"\(script)\" 0")
    let answer = try scene.vitals("backup", "--output", scene.directory, "--format", "json")
    try #require(answer.exit == .code(0), "\(answer)")
    return (answer.json["path"].text, try State(scene))
  }

  private func isIndexing(_ scene: BackupScene) throws -> Bool {
    try scene.psql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND state = 'active'") == "1"
  }

  /// Begins a restore, does something to it in its midst, and sees that it leaves everything in order.
  private func unfinished(
    _ arguments: [String], _ scene: BackupScene, _ exit: Subprocess.Exit, says text: String,
    _ isMidst: (BackupScene) throws -> Bool, _ intervene: (VitalsProcess) throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let process = try scene.somebody.start(["restore"] + arguments)
    defer { process.kill() }
    try eventually(within: .seconds(60), every: .milliseconds(50), "the midst of a restore") {
      if let exit = process.exit { throw TestbedError.final("it ended with \(exit): \(process.errorOutput)") }
      return try isMidst(scene)
    }
    let began = ContinuousClock.now
    try intervene(process)
    let end = process.wait(within: .seconds(60))
    print("ended in \(ContinuousClock.now - began): \(process.errorOutput)")
    #expect(end == exit && process.errorOutput.contains(text), "\(process.errorOutput)", sourceLocation: sourceLocation)

    #expect(try scene.replicas("web") == "2", sourceLocation: sourceLocation)
    try scene.manager.waitForRunning(2, of: "shop_web")
    try expectNothingLeft(scene, sourceLocation)
    let replication = try scene.redis("INFO replication")
    #expect(replication.contains("role:master"), "\(replication)", sourceLocation: sourceLocation)
    #expect(try scene.redis("SET probe 1") == "OK" && scene.redis("DEL probe") == "1", sourceLocation: sourceLocation)
  }

  private func expectNothingLeft(_ scene: BackupScene, _ sourceLocation: SourceLocation = #_sourceLocation) throws {
    let configs = try scene.manager.docker("config", "ls", "--format", "{{.Name}}")
    #expect(!configs.contains("vitals-lock"), sourceLocation: sourceLocation)
    let containers = try scene.engine.docker("ps", "-aq", "--filter", "label=vitals.throwaway")
    #expect(containers == "", sourceLocation: sourceLocation)
    #expect(try sessions(scene) == "0", sourceLocation: sourceLocation)
  }

  /// How many sessions of backups and restores PostgreSQL has.
  private func sessions(_ scene: BackupScene) throws -> String {
    try scene.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'vitals%'")
  }

  private func interruptVerification(_ file: String, _ scene: BackupScene) throws {
    let process = try scene.somebody.start(["restore", "--verify", file])
    defer { process.kill() }
    try eventually(within: .seconds(60), every: .milliseconds(50), "a throw-away container") {
      try scene.engine.docker("ps", "-q", "--filter", "label=vitals.throwaway") != ""
    }
    process.signal(SIGINT)
    #expect(process.wait(within: .seconds(60)) == .code(130), "\(process.errorOutput)")
    try expectNothingLeft(scene)
  }

  private func interruptBackup(_ scene: BackupScene) throws {
    let files = try Set(FileManager.default.contentsOfDirectory(atPath: scene.directory))
    let lock = "BEGIN; LOCK TABLE note IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)"
    try scene.engine.docker(
      "exec", "-d", try scene.container("postgres"), "psql", "-U", "pilito", "-d", "pilito", "-c", lock)
    let process = try scene.somebody.start(["backup", "--output", scene.directory])
    defer { process.kill() }
    try eventually(within: .seconds(60), every: .milliseconds(50), "the midst of a dump") {
      let query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LOCK TABLE%' AND wait_event_type = 'Lock'"
      return try scene.psql(query) == "1"
    }
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: scene.directory)) != files)
    process.signal(SIGINT)
    #expect(process.wait(within: .seconds(60)) == .code(130), "\(process.errorOutput)")
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: scene.directory)) == files)
    try expectNothingLeft(scene)
  }
}
