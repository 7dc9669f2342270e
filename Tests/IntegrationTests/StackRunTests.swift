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
      try join(run)
      try deploy(run)
      try deployAgain(run)
      try update(run)
      try rollBack(run)
      try updateToBroken(run)
      try scale(run)
      try loseDatabase(run)
      try loseData(run)
      try killDatabase(run)
      try loseNode(run)
      try loseQuorum(run)
    }

    /// The other nodes join by the very command that `init` prints.
    private func join(_ run: StackRun) throws {
      let initialization = try run.vitals(["init", "--show-tokens"])
      #expect(initialization.exit == .code(0), "\(initialization)")
      let lines = initialization.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      let title = try #require(lines.firstIndex { $0.hasPrefix("To add a manager") }, "\(initialization)")
      for node in run.lab.nodes.dropFirst() {
        try Subprocess.run(["sh", "-c", lines[title + 1]], environment: run.lab.environment(of: node))
      }
      try eventually(within: .seconds(30), every: .milliseconds(300), "three managers that are ready") {
        let nodes = try run.docker("node", "ls", "--format", "{{.Status}} {{.ManagerStatus}}").split(separator: "\n")
        return nodes.sorted() == ["Ready Leader", "Ready Reachable", "Ready Reachable"]
      }
    }

    /// From nothing: everything runs, is watched, and is worth a hundred points.
    private func deploy(_ run: StackRun) throws {
      let deployment = try run.vitals(["deploy"])
      #expect(deployment.exit == .code(0), "\(deployment)")
      let migration = try run.vitals(["run", "web", "--", "python3", "manage.py", "migrate"])
      #expect(migration.exit == .code(0) && migration.output.contains("orders.0001_initial"), "\(migration)")
      try run.awaitFullScore()
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
      let old = try run.containers(of: "web")
      let load = try run.startLoad()
      try load.await(version: "1")
      let update = try run.vitals(["update", "web", "--image", "registry:5000/pilito:2"])
      #expect(update.exit == .code(0), "\(update)")
      let tally = try load.end()
      expectSmooth(tally, "update")
      // Every replica has its part of the load, before and after.
      #expect(Set(tally.replicas(of: "1").keys) == old)
      #expect(try Set(tally.replicas(of: "2").keys) == run.containers(of: "web"))
    }

    /// The seed promises that a rollback takes less than 30 s: until then the old version answers on every replica, and the
    /// new one nowhere. The command watches it for longer.
    private func rollBack(_ run: StackRun) throws {
      let load = try run.startLoad()
      try load.await(version: "2")
      let began = Date().timeIntervalSince1970
      let rollback = try run.vitals(["rollback", "web", "--yes"])
      let ended = Date().timeIntervalSince1970
      #expect(rollback.exit == .code(0), "\(rollback)")
      let tally = try load.end()
      expectSmooth(tally, "rollback")
      let back = tally.replicas(of: "1")
      #expect(try Set(back.keys) == run.containers(of: "web"))
      let there = try #require(back.values.map(\.first).max()) - began
      let gone = try #require(tally.replicas(of: "2").values.map(\.last).max()) - began
      print("stack: rolled back: the old version on every replica after \(there) s, the new one last after \(gone) s")
      print("stack: rollback returned, having watched as long as monitor says, after \(ended - began) s")
      #expect(max(there, gone) < 30)
    }

    /// A version that is never healthy: the swarm goes back by itself, and nobody outside notices.
    private func updateToBroken(_ run: StackRun) throws {
      let old = try run.containers(of: "web")
      let load = try run.startLoad()
      try load.await(version: "1")
      let update = try run.vitals(["update", "web", "--image", "registry:5000/pilito:broken"])
      #expect(update.exit == .code(2), "\(update)")
      #expect(update.errorOutput.contains("healthy"), "\(update.errorOutput)")
      // Of the task that failed.
      #expect(update.errorOutput.contains("Listening at"), "\(update.errorOutput)")
      let tally = try load.end()
      expectSmooth(tally, "update to a broken version")
      let answered = tally.replicas(of: "1")
      #expect(answered.values.reduce(0) { $0 + $1.count } == tally.count, "\(tally)")
      // The engine starts a successor of the task that has failed, by then of the old version, and may keep it in place of the
      // one that its slot still has; then it takes that one out of service as at any update.
      let present = try run.containers(of: "web")
      #expect(old.isSubset(of: answered.keys) && old.union(present).isSuperset(of: answered.keys), "\(answered.keys)")
      #expect(present.subtracting(old).count <= 1, "\(present)")
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

    /// No request failed; and connections were refused by one address at most, and not for long, as by that rare fault of the
    /// engines of which docs/stack.md tells. Of servers that stop listening at once, each address that goes refuses some.
    private func expectSmooth(_ tally: StackLoad.Tally, _ what: String) {
      let refused = tally.refused.values
      let count = refused.reduce(0) { $0 + $1.count }
      print("stack: \(what): \(tally.count) requests, \(count) refused, by \(refused.count) addresses")
      #expect(tally.failures == [])
      #expect(refused.count <= 1 && refused.allSatisfy { $0.last - $0.first < 10 }, "\(tally.refused)")
    }
  }
}
