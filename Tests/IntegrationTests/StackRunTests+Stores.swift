import Foundation
import Testing

/// What becomes of the stack without its stores.
extension EngineTests.StackRunTests {
  /// PostgreSQL is away for longer than a health check has patience: who needs it says so, and lives on.
  func loseDatabase(_ run: StackRun) throws {
    let before = try run.servers()
    #expect(try run.ask("/health/").isGood)
    try run.docker("service", "scale", "--detach", "pilito_postgres=0")
    try eventually(within: .seconds(60), every: .milliseconds(200), "a failing health") {
      try !run.ask("/health/").isGood
    }
    #expect(try run.ask("/health/").body.hasPrefix("fail\n"))
    // Six failures in five seconds each would end a web server, three in ten seconds a vitals.
    let web = try run.container(of: "web", at: run.lab.nodes[1])
    func probes() throws -> Set<String> {
      let format = "{{range .State.Health.Log}}{{.Start.UnixNano}} {{end}}"
      let times = try run.docker("inspect", "--format", format, web, at: run.lab.nodes[1])
      return Set(times.split(separator: " ").map(String.init))
    }
    let earlier = try probes()
    var later: Set<String> = []
    try eventually(within: .seconds(120), every: .seconds(1), "more probes than an ailing server may fail") {
      later.formUnion(try probes().subtracting(earlier))
      return later.count > 6
    }
    let check = try run.check()
    #expect(check.score < 70 && check.deductions.contains { $0.hasPrefix("postgresql: ") }, "\(check)")
    #expect(try run.servers() == before)
    try run.docker("service", "scale", "--detach", "pilito_postgres=1")
    try eventually(within: .seconds(90), every: .milliseconds(500), "health again") { try run.ask("/health/").isGood }
    #expect(try run.servers() == before)
  }

  /// PostgreSQL is killed, as by a lack of memory: that is told at once, and over as soon as the swarm has started it again.
  func killDatabase(_ run: StackRun) throws {
    let before = try run.servers()
    let database = try run.container(of: "postgres")
    try run.docker("kill", "--signal", "KILL", database)
    let began = ContinuousClock.now
    try eventually(within: .seconds(10), every: .milliseconds(50), "a failing health") {
      try !run.ask("/health/").isGood
    }
    print("stack: /health/ was 503 \(ContinuousClock.now - began) after PostgreSQL was killed")
    try eventually(within: .seconds(90), every: .milliseconds(300), "health again") { try run.ask("/health/").isGood }
    print("stack: /health/ was 200 again after \(ContinuousClock.now - began)")
    #expect(try run.container(of: "postgres") != database)
    // No worker of gunicorn is left with the dead connection that it has kept.
    for node in run.lab.nodes {
      for web in try run.containers(of: "web", on: [node]) {
        for _ in 1...8 {
          let answer = try run.docker("exec", web, "curl", "--fail", "-sS", "http://127.0.0.1:8000/", at: node)
          #expect(answer.hasSuffix("orders, version 1 on \(web)"))
        }
      }
    }
    try run.awaitFullScore()
    print("stack: the score was 100 again after \(ContinuousClock.now - began)")
    #expect(try run.servers() == before)
  }

  /// The volumes are gone; a backup has what was in them.
  func loseData(_ run: StackRun) throws {
    func sql(_ statement: String) throws -> String {
      try run.docker(
        "exec", run.container(of: "postgres"), "psql", "-U", "pilito", "-tAc", statement, "pilito")
    }
    func redis(_ command: String) throws -> String {
      let script = "REDISCLI_AUTH=$(cat /run/secrets/redis_password) exec redis-cli \(command)"
      return try run.docker("exec", run.container(of: "redis"), "sh", "-c", script)
    }
    _ = try sql("CREATE TABLE kept AS SELECT n, 'Zürich ' || n AS city FROM generate_series(1, 1000) n")
    _ = try redis("-n 1 HSET kept Zürich 1 Genève 2")
    let digest = "SELECT md5(string_agg(n || city, ',' ORDER BY n)) FROM kept"
    let rows = try sql(digest)
    let directory = try Scratch.directory("backups")
    defer { Scratch.remove(directory) }
    let backup = try run.vitals(["backup", "--output", directory])
    #expect(backup.exit == .code(0), "\(backup)")
    let files = try FileManager.default.contentsOfDirectory(atPath: directory)
    let file = try #require(files.first { $0.hasSuffix(".tar.gz") }.map { "\(directory)/\($0)" })
    let proof = try run.vitals(["restore", "--verify", file])
    #expect(proof.exit == .code(0) && proof.output.contains("kept"), "\(proof)")

    try run.docker("service", "scale", "--detach", "pilito_postgres=0", "pilito_redis=0")
    for volume in ["postgres_data", "redis_data"] {
      try eventually(within: .seconds(60), every: .milliseconds(500), "\(volume) without a user") {
        try run.docker("volume", "rm", "pilito_\(volume)") != ""
      }
    }
    try run.docker("service", "scale", "--detach", "pilito_postgres=1", "pilito_redis=1")
    try eventually(within: .seconds(90), every: .milliseconds(500), "empty databases") {
      try sql("SELECT to_regclass('kept') IS NULL") == "t" && redis("-n 1 EXISTS kept") == "0"
    }
    // Their containers answer before the swarm takes them for healthy.
    try eventually(within: .seconds(90), every: .milliseconds(500), "running databases") {
      try run.docker("service", "ls", "--filter", "name=pilito_postgres", "--format", "{{.Replicas}}") == "1/1"
        && run.docker("service", "ls", "--filter", "name=pilito_redis", "--format", "{{.Replicas}}") == "1/1"
    }
    let restoration = try run.vitals(["restore", "--yes", file])
    #expect(restoration.exit == .code(0), "\(restoration)")
    try eventually(within: .seconds(60), every: .milliseconds(500), "the keys") {
      try redis("-n 1 HGET kept Zürich") == "1"
    }
    #expect(try sql(digest) == rows)
    try run.awaitFullScore()
  }
}
