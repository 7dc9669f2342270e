import Foundation
import Testing

extension EngineTests {
  /// The shipped stack on three managers, from nothing to the loss of the quorum.
  ///
  /// One test, as each chapter begins where the one before has ended.
  @Suite(.timeLimit(.minutes(40)))
  struct StackRunTests {
    @Test func `the shipped stack, from nothing to the loss of the quorum`() throws {
      let run = try StackRun()
      defer { run.stop() }
      try deploy(run)
      try deployAgain(run)
      try update(run)
      try rollBack(run)
      try updateToBroken(run)
      try scale(run)
      try loseDatabase(run)
      try loseData(run)
      try loseNode(run)
      try loseQuorum(run)
    }

    /// From nothing: everything runs, is watched, and is worth a hundred points.
    private func deploy(_ run: StackRun) throws {
      let initialization = try run.vitals(["init", "--show-tokens"])
      #expect(initialization.exit == .code(0), "\(initialization)")
      try run.lab.join()
      let deployment = try run.vitals(["deploy"])
      #expect(deployment.exit == .code(0), "\(deployment)")
      let migration = try run.vitals(["run", "web", "--", "python3", "manage.py", "migrate"])
      #expect(migration.exit == .code(0) && migration.output.contains("orders.0001_initial"), "\(migration)")
      try eventually(within: .seconds(120), every: .seconds(1), "a score of 100") {
        let check = try run.check()
        guard check.score == 100, check.exit == .code(0) else { throw TestbedError(check.text) }
        return true
      }
      let jobs = ["alertmanager": 1, "prometheus": 1, "vitals": 3, "vitals-agent": 3]
      try eventually(within: .seconds(90), every: .seconds(1), "targets that are up") {
        let targets =
          try run.prometheus("targets?state=active").value("data", "activeTargets") as? [[String: Any]] ?? []
        let up = targets.filter { $0.text("health") == "up" }.map { $0.text("labels", "job") ?? "" }
        let counts = Dictionary(up.map { ($0, 1) }, uniquingKeysWith: +)
        guard counts == jobs, targets.count == up.count else { throw TestbedError("\(counts) of \(targets.count)") }
        return true
      }
      // The gauge is the same number.
      #expect(try run.metric("swarm_health_score") == 100)
    }

    private func deployAgain(_ run: StackRun) throws {
      let versions = try run.versions()
      let deployment = try run.vitals(["deploy"])
      #expect(deployment.exit == .code(0) && deployment.output.contains("nothing to change"), "\(deployment)")
      #expect(try run.versions() == versions)
      #expect(versions.count == 10)
    }

    /// A new version, under load, without one failed request.
    private func update(_ run: StackRun) throws {
      let load = try run.startLoad()
      try load.await(version: "1")
      let update = try run.vitals(["update", "web", "--image", "registry:5000/pilito:2"])
      #expect(update.exit == .code(0), "\(update)")
      let tally = try load.end()
      #expect(tally.failures == [])
      #expect(tally.answers.keys.contains { $0.hasSuffix("version 2") }, "\(tally)")
    }

    private func rollBack(_ run: StackRun) throws {
      let load = try run.startLoad()
      try load.await(version: "2")
      let began = ContinuousClock.now
      let rollback = try run.vitals(["rollback", "web", "--yes"])
      #expect(rollback.exit == .code(0), "\(rollback)")
      let tally = try load.end()
      #expect(tally.failures == [])
      #expect(tally.answers.keys.contains { $0.hasSuffix("version 1") }, "\(tally)")
      print("stack: rolled back, and watched as long as monitor says, in \(ContinuousClock.now - began)")
    }

    /// A version that is never healthy: the swarm goes back by itself, and nobody outside notices.
    private func updateToBroken(_ run: StackRun) throws {
      let load = try run.startLoad()
      try load.await(version: "1")
      let update = try run.vitals(["update", "web", "--image", "registry:5000/pilito:broken"])
      #expect(update.exit == .code(2), "\(update)")
      #expect(update.errorOutput.contains("healthy"), "\(update.errorOutput)")
      // Of the task that failed.
      #expect(update.errorOutput.contains("Listening at"), "\(update.errorOutput)")
      let tally = try load.end()
      #expect(tally.failures == [])
      #expect(tally.answers.keys.allSatisfy { $0.hasSuffix("version 1") }, "\(tally)")
    }

    private func scale(_ run: StackRun) throws {
      for count in [5, 2, 3] {
        let scaling = try run.vitals(["scale", "web=\(count)"])
        #expect(scaling.exit == .code(0), "\(scaling)")
        // Those that are not wanted any more finish what they have begun.
        try eventually(within: .seconds(60), every: .milliseconds(500), "\(count) containers of web") {
          try run.containers(of: "web").count == count
        }
      }
      let impossible = try run.vitals(["scale", "web=500"])
      #expect(impossible.exit == .code(1), "\(impossible)")
      #expect(impossible.errorOutput.contains("CPU"), "\(impossible.errorOutput)")
    }

    /// PostgreSQL is away for longer than a health check has patience: who needs it says so, and lives on.
    private func loseDatabase(_ run: StackRun) throws {
      let before = try run.containers(of: "web").union(run.containers(of: "vitals"))
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
      #expect(check.exit == .code(2) && check.text.contains("postgresql"), "\(check)")
      #expect(try run.containers(of: "web").union(run.containers(of: "vitals")) == before)
      try run.docker("service", "scale", "--detach", "pilito_postgres=1")
      try eventually(within: .seconds(90), every: .milliseconds(500), "health again") { try run.ask("/health/").isGood }
      #expect(try run.containers(of: "web").union(run.containers(of: "vitals")) == before)
    }

    /// The volumes are gone; a backup has what was in them.
    private func loseData(_ run: StackRun) throws {
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
      let restoration = try run.vitals(["restore", "--yes", file])
      #expect(restoration.exit == .code(0), "\(restoration)")
      try eventually(within: .seconds(60), every: .milliseconds(500), "the keys") {
        try redis("-n 1 HGET kept Zürich") == "1"
      }
      #expect(try sql(digest) == rows)
      try eventually(within: .seconds(120), every: .seconds(1), "a score of 100") {
        let check = try run.check()
        guard check.score == 100 else { throw TestbedError(check.text) }
        return true
      }
    }

    /// A node dies: what ran there runs elsewhere, and all tell the truth meanwhile. It comes back.
    private func loseNode(_ run: StackRun) throws {
      let lost = run.lab.nodes[2]
      let web = #"stack="pilito",service="pilito_web",mode="replicated""#
      let began = ContinuousClock.now
      try run.lab.kill(lost)
      try eventually(within: .seconds(90), every: .milliseconds(500), "a node that is down") {
        try run.vitals(["status"]).output.contains("down")
      }
      print("stack: the dead node was seen after \(ContinuousClock.now - began)")
      let check = try run.check()
      #expect(check.score < 100 && check.text.contains("node3"), "\(check)")
      try eventually(within: .seconds(60), every: .milliseconds(500), "a page that says so") {
        try run.metric("swarm_node_state{node=\"node3\",state=\"down\"}") == 1
      }
      try eventually(within: .seconds(120), every: .milliseconds(500), "all of web on the other nodes") {
        try run.metric("swarm_service_replicas_running{\(web)}") == 3
      }
      print("stack: web was whole again after \(ContinuousClock.now - began)")
      // The tasks of the dead node count for a day in docker's eyes.
      let reported = try run.metric("swarm_service_replicas_reported{\(web)}")
      #expect(try #require(reported) > 3)
      try eventually(within: .seconds(60), every: .seconds(1), "the alert") {
        let alerts = try run.prometheus("alerts").value("data", "alerts") as? [[String: Any]] ?? []
        return alerts.contains { $0.text("labels", "alertname") == "SwarmNodeDown" }
      }
      try run.lab.start(lost)
      try eventually(within: .seconds(120), every: .seconds(1), "a score of 100") {
        let check = try run.check()
        guard check.score == 100 else { throw TestbedError(check.text) }
        return true
      }
    }

    /// The leader dies, then another manager.
    private func loseQuorum(_ run: StackRun) throws {
      let leader = try #require(
        try run.docker("node", "ls", "--format", "{{.Hostname}} {{.ManagerStatus}}").split(separator: "\n")
          .first { $0.hasSuffix(" Leader") }?.prefix { $0 != " " })
      let dead = try #require(run.lab.nodes.first { $0.name == leader })
      let others = run.lab.nodes.filter { $0.name != leader }
      try run.lab.kill(dead)
      try eventually(within: .seconds(60), every: .milliseconds(500), "another leader") {
        try run.metric("swarm_has_leader", at: others[0]) == 1
          && run.metric("swarm_managers_reachable", at: others[0]) == 2
      }
      #expect(try run.vitals(["status"], at: others[0]).exit == .code(0))

      try run.lab.kill(others[1])
      // A leader that is left alone notices that after some heartbeats.
      let status = try eventually(within: .seconds(120), every: .seconds(1), "exit code 5") {
        let status = try run.vitals(["status"], at: others[0], within: .seconds(120))
        return status.exit == .code(5) ? status : nil
      }
      #expect(status.errorOutput.contains("leader"), "\(status.errorOutput)")
      try eventually(within: .seconds(90), every: .seconds(1), "a page that says so") {
        try run.metric("swarm_state{state=\"no_quorum\"}", at: others[0]) == 1
      }
      try run.lab.start(others[1])
      try run.lab.start(dead)
      try eventually(within: .seconds(120), every: .seconds(1), "a quorum") {
        try run.vitals(["status"], at: others[0]).exit == .code(0)
      }
    }
  }
}
