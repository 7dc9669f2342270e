import Foundation
import Testing

extension EngineTests {
  /// `vitals backup` and `vitals restore` on a real engine with a real PostgreSQL and Redis.
  @Suite(.timeLimit(.minutes(10)))
  struct OperatorBackupTests {
    private struct Written: Decodable {
      var path: String
      var size: Int
      var removed: [String]
      var leftAlone: [String]
    }

    @Test func `rows and keys survive the loss of the volumes`() throws {
      let scene = try BackupScene()
      defer { scene.stop() }
      try fill(scene)
      let before = try Contents(scene)
      #expect(before.pilito.contains("Grüße, 世界") && before.keys.split(separator: "\n").count == 11)

      // What is written, and what it says.
      let dry = try scene.vitals("backup", "--output", scene.directory, "--dry-run")
      #expect(dry.exit == .code(0) && dry.output.contains("postgres/pilito.dump"), "\(dry)")
      let backup = try scene.vitals("backup", "--output", scene.directory, "--format", "json")
      try #require(backup.exit == .code(0), "\(backup)")
      let file = try JSONDecoder().decode(Written.self, from: Data(backup.output.utf8)).path
      #expect(try Subprocess.run(["sh", "-c", "cd \(scene.directory) && sha256sum -c *.sha256"]).contains("OK"))
      #expect(!backup.output.contains("sesame") && !backup.errorOutput.contains("sesame"))
      let left = try FileManager.default.contentsOfDirectory(atPath: scene.directory).filter { $0.contains("shop-") }
      #expect(left.count == 2)
      try expectRetention(scene)
      #expect(try Subprocess.run(["sh", "-c", "tar -xzOf \(file) | grep -ac 'sesame' || true"]) == "0\n")

      let proof = try scene.vitals("restore", "--verify", file)
      #expect(proof.exit == .code(0), "\(proof)")
      #expect(
        proof.output.contains("  public.note  3") && proof.output.contains("redis db3: 1 keys"), "\(proof.output)")
      #expect(try scene.engine.docker("ps", "-aq", "--filter", "label=vitals.throwaway") == "")

      try scene.wipe()
      try scene.psql("CREATE TABLE canary (id int)")
      try scene.redis("SET canary 1")
      try refuseDamaged(file, scene)

      // Not a terminal, and nobody said yes.
      #expect(try scene.vitals("restore", file).exit == .code(64))
      #expect(try scene.vitals("restore", file, "--dry-run").exit == .code(0))
      #expect(try scene.redis("GET canary") == "1" && scene.psql("SELECT count(*) FROM canary") == "0")

      try scene.manager.docker("config", "rm", "extra")
      let node = try scene.engine.docker("info", "--format", "{{.Swarm.NodeID}}")
      try scene.manager.docker("node", "update", "--label-rm", "pilito.storage", node)
      let began = ContinuousClock.now
      let restore = try scene.vitals("restore", "--yes", file)
      print("restored in \(ContinuousClock.now - began): \(restore.errorOutput)")
      try #require(restore.exit == .code(0), "\(restore)")
      try expectSame(Contents(scene), before)
      #expect(try scene.redis("FCALL answer 0") == "42")
      #expect(try scene.redis("SET after 1") == "OK")
      #expect(try scene.manager.docker("config", "inspect", "extra").contains("Labels"))
      #expect(try scene.manager.docker("node", "inspect", node).contains("\"pilito.storage\": \"true\""))
      #expect(try scene.replicas("web") == "2" && scene.replicas("web", of: "PreviousSpec") == "2")
      #expect(try scene.engine.docker("ps", "-aq", "--filter", "label=vitals.throwaway") == "")
      let audit = try String(contentsOfFile: scene.somebody.auditLog, encoding: .utf8)
      #expect(audit.contains("\"action\":\"restore ") && audit.contains("\"outcome\":\"done\""))

      // What Redis has is on the disk, too, in the file that it reads when it starts.
      try scene.redis("DEL after")
      try scene.manager.docker("service", "update", "--detach", "--force", "shop_redis")
      let old = try scene.container("redis")
      try eventually(within: .seconds(60), every: .milliseconds(200), "a new Redis") {
        try scene.container("redis") != old
      }
      try scene.awaitStores()
      try expectSame(scene.keys(0), before.keys)

      // A second restore goes over what is there, and over what came after the backup.
      try scene.psql("CREATE TABLE later (id int REFERENCES note); DELETE FROM note WHERE id > 1")
      let again = try scene.vitals("restore", "--yes", "--only", "postgres", "--keep-running", file)
      #expect(again.exit == .code(0), "\(again)")
      try expectSame(scene.contents("pilito"), before.pilito)
    }

    @Test func `stores on another node are told with its name, and nothing is written`() throws {
      let lab = try SwarmLab(nodes: 2)
      defer { lab.stop() }
      let manager = lab.engines[0]
      let labels = ["--label", "com.docker.stack.namespace=shop", "--constraint", "node.hostname==node2"]
      try manager.createService("shop_postgres", labels)
      try manager.waitForRunning(1, of: "shop_postgres")
      let directory = try Scratch.directory("none")
      func backup(_ arguments: String..., host: String) throws -> (Subprocess.Exit, String) {
        let result = try VitalsProcess.run(
          ["backup", "--output", directory] + arguments, environment: ["DOCKER_HOST": host])
        return (result.exit, result.errorOutput)
      }
      let (exit, text) = try backup(host: manager.host)
      #expect(exit == .code(1) && text.contains("shop_postgres runs on node2"), "\(text)")
      #expect(text.contains("ssh -NL $HOME/node2.sock:/var/run/docker.sock node2 &"), "\(text)")
      #expect(text.contains("--engine unix://$HOME/node2.sock"), "\(text)")
      #expect(try backup(host: lab.engines[1].host).0 == .code(5))
      #expect(try backup(host: "unix:///nowhere.sock").0 == .code(5))
      #expect(try backup("--stack", "shops", host: manager.host).1.contains("Did you mean shop?"))
      #expect(try backup("--only", "postgress", host: manager.host).0 == .code(64))
      #expect(try backup("--only", "redis", host: manager.host).1.contains("shop has no service redis"))
      #expect(try backup("--only", "swarm", "--output", "/proc", host: manager.host).0 == .code(1))
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])

      let swarm = try backup("--only", "swarm", host: manager.host)
      #expect(swarm.0 == .code(0), "\(swarm)")
      let file = try #require(FileManager.default.contentsOfDirectory(atPath: directory).first { $0.hasSuffix("gz") })
      let extracted = try VitalsProcess.run(["restore", "--extract", "\(directory)/x", "\(directory)/\(file)"])
      #expect(extracted.exit == .code(0), "\(extracted)")
      let services = try String(contentsOfFile: "\(directory)/x/swarm/services.json", encoding: .utf8)
      #expect(services.contains("\"Name\":\"shop_postgres\""))

      // Another swarm may have a stack of the same name.
      #expect(try backup("--engine", "node2", host: manager.host).0 == .code(64))
      try lab.engines[1].leaveSwarm()
      let stranger = try backup("--engine", lab.engines[1].host, host: manager.host)
      #expect(stranger.0 == .code(64) && stranger.1.contains("node2, is no node of the swarm of"), "\(stranger)")
    }

    @Test func `stores on a worker go into a backup and back by the worker's engine`() throws {
      let scene = try BackupScene(isOnWorker: true)
      defer { scene.stop() }
      try fill(scene)
      let before = try Contents(scene)
      let engine = ["--engine", scene.engine.host]

      #expect(try scene.vitals("backup", "--output", scene.directory).exit == .code(1))
      let backup = try scene.vitals(["backup", "--output", scene.directory, "--format", "json"] + engine)
      try #require(backup.exit == .code(0), "\(backup)")
      let file = try JSONDecoder().decode(Written.self, from: Data(backup.output.utf8)).path

      let elsewhere = try scene.vitals("restore", "--verify", file)
      #expect(elsewhere.exit == .code(1) && elsewhere.errorOutput.contains("--engine"), "\(elsewhere)")
      let proof = try scene.vitals(["restore", "--verify", file] + engine)
      #expect(proof.output.contains("  public.note  3") && proof.output.contains("redis db3: 1 keys"), "\(proof)")

      try scene.wipe()
      #expect(try scene.vitals("restore", "--yes", file).exit == .code(1))
      let restore = try scene.vitals(["restore", "--yes", file] + engine)
      try #require(restore.exit == .code(0), "\(restore)")
      try expectSame(Contents(scene), before)
      #expect(try scene.replicas("web") == "2")
      for node in [scene.manager, scene.engine] {
        #expect(try node.docker("ps", "-aq", "--filter", "label=vitals.throwaway") == "")
      }
    }

    // MARK: Steps

    /// All that the stores hold.
    private struct Contents {
      var pilito: String
      var office: String
      /// Of the databases 0 and 3.
      var keys: String
      var otherKeys: String

      init(_ scene: BackupScene) throws {
        pilito = try scene.contents("pilito")
        office = try scene.contents("büro")
        keys = try scene.keys(0)
        otherKeys = try scene.keys(3)
      }
    }

    private func expectSame(
      _ after: Contents, _ before: Contents, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      for part in [\Contents.pilito, \.office, \.keys, \.otherKeys] {
        expectSame(after[keyPath: part], before[keyPath: part], sourceLocation: sourceLocation)
      }
    }

    /// Compares line by line, and shows only what differs.
    private func expectSame(
      _ after: String, _ before: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let difference = after.split(separator: "\n").difference(from: before.split(separator: "\n"))
      #expect(difference.isEmpty, "\(difference)", sourceLocation: sourceLocation)
    }

    private func fill(_ scene: BackupScene) throws {
      try scene.psql(
        """
        CREATE ROLE reader LOGIN PASSWORD 'sesame for readers';
        CREATE DATABASE "büro" OWNER reader;
        ALTER DATABASE pilito SET search_path TO public, "$user";
        ALTER DATABASE pilito SET timezone TO 'Europe/Berlin';
        GRANT CONNECT ON DATABASE pilito TO reader;
        CREATE EXTENSION pg_trgm;
        CREATE TABLE note (id serial PRIMARY KEY, body text, bytes bytea, at timestamptz DEFAULT now(), tags jsonb);
        INSERT INTO note (body, bytes, tags) VALUES ('Grüße, 世界', '\\xdeadbeef', '{"a": [1, 2]}'), (E'tab\\tline\\n', NULL, NULL),
          ('', '', 'null');
        CREATE INDEX ON note USING gin (body gin_trgm_ops);
        CREATE TABLE part (id bigint GENERATED ALWAYS AS IDENTITY, day date) PARTITION BY RANGE (day);
        CREATE TABLE part_2026 PARTITION OF part FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        INSERT INTO part (day) SELECT '2026-03-01'::date + i FROM generate_series(1, 100) i;
        CREATE VIEW notes AS SELECT id, body FROM note;
        GRANT SELECT ON note TO reader;
        CREATE SCHEMA "Zweites Schema";
        CREATE TABLE "Zweites Schema"."Größe" ("Maß" numeric CHECK ("Maß" > 0));
        INSERT INTO "Zweites Schema"."Größe" VALUES (1.5);
        CREATE PUBLICATION everything FOR TABLE note;
        SELECT nextval('note_id_seq');
        SELECT lo_from_bytea(4711, '\\x00010203');
        """)
      try scene.psql(
        "CREATE TABLE kunde (id uuid DEFAULT gen_random_uuid()); INSERT INTO kunde DEFAULT VALUES", database: "büro")
      try scene.redis(
        """
        SET plain "one two"
        SET counter 41
        SET expires later EX 86400
        SETBIT bits 1000 1
        RPUSH list a b c
        SADD set x y z
        SADD numbers 1 2 3
        ZADD sorted 1 one 2.5 two
        HSET hash field value other 2
        XADD stream 1-1 key value
        PFADD unique a b c
        FUNCTION LOAD "#!lua name=lib\\n redis.register_function('answer', function() return 42 end)"
        """)
      try scene.redis("SET \"schlüssel\" 3 EX 5000", database: 3)
      let node = try scene.engine.docker("info", "--format", "{{.Swarm.NodeID}}")
      try scene.manager.docker("node", "update", "--label-add", "pilito.storage=true", node)
      try scene.manager.docker(
        ["config", "create", "--label", "com.docker.stack.namespace=shop", "extra", "-"], input: "contents")
    }

    /// Of several backups the newest stay, and whatever is none of this stack's.
    private func expectRetention(_ scene: BackupScene) throws {
      let directory = try Scratch.directory("kept")
      func backup(_ flags: String...) throws -> Written {
        // Names have seconds: two in the same one are refused.
        try eventually(within: .seconds(30), every: .milliseconds(100), "a backup") {
          let result = try scene.vitals(
            ["backup", "--only", "swarm", "--output", directory, "--format", "json"] + flags)
          guard result.exit == .code(0) else { throw TestbedError(result.text) }
          return try JSONDecoder().decode(Written.self, from: Data(result.output.utf8))
        }
      }
      func name(_ written: Written) -> String { URL(fileURLWithPath: written.path).lastPathComponent }
      let first = try backup()
      let second = try backup()
      // The last two have names of this stack, but are not what they are called.
      let strangers = [
        "other-20200101T000000Z.tar.gz", "shop-2-20200101T000000Z.tar.gz", "shop-notes.txt",
        "shop-20200101T000000Z.tar.gz", "shop-20200102T000000Z.tar.gz",
      ]
      for stranger in strangers.dropLast() {
        try FileManager.default.copyItem(atPath: first.path, toPath: "\(directory)/\(stranger)")
      }
      try Data("photos".utf8).write(to: URL(fileURLWithPath: "\(directory)/\(strangers[4])"))

      let third = try backup("--keep", "2")
      #expect(third.removed == [name(first)] && third.leftAlone == strangers.suffix(2), "\(third)")
      let kept = [second, third].flatMap { [name($0), "\(name($0)).sha256"] }
      #expect(try Set(FileManager.default.contentsOfDirectory(atPath: directory)) == Set(strangers + kept))
    }

    /// Altered backups, which are refused before anything is touched.
    private func refuseDamaged(_ file: String, _ scene: BackupScene) throws {
      let whole = try Data(contentsOf: URL(fileURLWithPath: file))
      var flipped = whole
      flipped[whole.count / 2] ^= 1
      let cases = [("truncated", whole.dropLast(100)), ("damaged", flipped), ("no backup", Data("photos".utf8))]
      for (reason, bytes) in cases {
        let path = "\(scene.directory)/\(reason.prefix(2)).tar.gz"
        try bytes.write(to: URL(fileURLWithPath: path))
        for flags in [["--yes"], ["--verify"]] {
          let result = try scene.vitals("restore", flags[0], path)
          #expect(result.exit == .code(1), "\(result)")
          #expect(result.errorOutput.contains(path), "\(result.errorOutput)")
        }
      }
      // Without one of its files.
      let script = """
        cd \(scene.directory) && mkdir less && tar -xzf \(file) -C less && rm less/redis/dump.rdb && cd less && \
        tar --format=ustar -czf ../less.tar.gz manifest.json swarm/* postgres/*
        """
      try Subprocess.run(["sh", "-c", script])
      let result = try scene.vitals("restore", "--yes", "\(scene.directory)/less.tar.gz")
      #expect(result.exit == .code(1), "\(result)")
      let other = try scene.vitals("restore", "--yes", file, environment: ["VITALS_STACK": "other"])
      #expect(other.exit == .code(64) && other.errorOutput.contains("is a backup of shop"), "\(other)")
      #expect(try scene.redis("GET canary") == "1" && scene.psql("SELECT count(*) FROM canary") == "0")
      #expect(try scene.replicas("web") == "2")
    }
  }
}
