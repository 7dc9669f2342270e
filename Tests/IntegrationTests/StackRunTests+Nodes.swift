import Foundation
import Testing

/// What becomes of the stack without some of its containers and nodes.
extension EngineTests.StackRunTests {
  private static let web = #"stack="pilito",service="pilito_web",mode="replicated""#

  /// A node dies: what ran there runs elsewhere, and all tell the truth meanwhile. It comes back.
  func loseNode(_ run: StackRun) throws {
    let lost = run.lab.nodes[2]
    let began = ContinuousClock.now
    try run.lab.kill(lost)
    try eventually(within: .seconds(40), every: .milliseconds(500), "a node that is down") {
      let lines = try run.vitals(["status"]).output.split(separator: "\n").map { $0.split(separator: " ") }
      return lines.contains { $0.first == "node3" && $0.contains("down") }
    }
    print("stack: the dead node was seen after \(ContinuousClock.now - began)")
    let check = try run.check()
    #expect(check.score < 90 && check.deductions.contains("nodes: node3 is down"), "\(check)")
    let text = try run.vitals(["check"])
    #expect(text.exit != .code(0) && text.output.contains("node3 is down"), "\(text)")
    try eventually(within: .seconds(60), every: .milliseconds(500), "a page that says so") {
      try run.metric("swarm_node_state{node=\"node3\",state=\"down\"}") == 1
    }
    try eventually(within: .seconds(120), every: .milliseconds(500), "all of web on the other nodes") {
      try run.metric("swarm_service_replicas_running{\(Self.web)}") == 3
    }
    let whole = ContinuousClock.now - began
    print("stack: web was whole again after \(whole)")
    #expect(whole < .seconds(80))
    // The tasks of the dead node count for a day in docker's eyes.
    let reported = try run.metric("swarm_service_replicas_reported{\(Self.web)}")
    #expect(try #require(reported) > 3)

    // The alert takes a minute and more, which is time for something else.
    try killServer(run, Array(run.lab.nodes.prefix(2)))
    try loseWorkers(run)
    try eventually(within: .seconds(120), every: .seconds(1), "the alert fires") {
      let alerts = try run.prometheus("alerts").value("data", "alerts") as? [[String: Any]] ?? []
      let alert = alerts.first { $0.text("labels", "alertname") == "SwarmNodeDown" }
      guard alert?.text("state") == "firing" else { throw TestbedError("\(alert ?? [:])") }
      return alert?.text("labels", "node") == "node3"
    }
    print("stack: the alert was seen firing after \(ContinuousClock.now - began)")
    try eventually(within: .seconds(60), every: .seconds(1), "Alertmanager has it") {
      let alerts = try run.notifications(of: "SwarmNodeDown").filter { $0.text("labels", "node") == "node3" }
      let receivers = alerts.first?["receivers"] as? [[String: Any]] ?? []
      // Nothing inhibits it, and it goes to whoever is on call.
      guard alerts.count == 1, alerts[0].text("status", "state") == "active" else { throw TestbedError("\(alerts)") }
      return receivers.map { $0.text("name") } == ["critical"]
    }
    try run.lab.start(lost)
    // With the one that was killed, the tasks that died with the node may be three.
    try run.awaitFullScore(but: "tasks: tasks of pilito_web failed 3 times or more in 10 min")
  }

  /// One of web's containers is killed under load: what it was answering fails, and nothing else. It is replaced.
  private func killServer(_ run: StackRun, _ nodes: [StackLab.Node]) throws {
    let before = try run.containers(of: "web", on: nodes)
    let load = try run.startLoad()
    try load.await(version: "1")
    let victim = try run.container(of: "web", at: nodes[1])
    let began = ContinuousClock.now
    try run.docker("kill", "--signal", "KILL", victim, at: nodes[1])
    try eventually(within: .seconds(20), every: .milliseconds(100), "a check that tells it") {
      let check = try run.check()
      guard check.deductions.contains("services: pilito_web runs 2 of 3 replicas") else {
        throw TestbedError(check.text)
      }
      return true
    }
    let successors = try eventually(within: .seconds(60), every: .milliseconds(300), "another container") {
      let now = try run.containers(of: "web", on: nodes).subtracting(before)
      let answering = try load.tally.map { Set($0.replicas(of: "1").keys) } ?? []
      return now.count == 1 && answering.isSuperset(of: now) ? now : nil
    }
    print("stack: a killed web was replaced, and its successor answered, after \(ContinuousClock.now - began)")
    let tally = try load.end(among: nodes)
    let refused = tally.refused.values.reduce(0) { $0 + $1.count }
    print("stack: a killed web: \(tally.count) requests, \(tally.failures.count) failed, \(refused) refused")
    // Sixteen requests a second that take some milliseconds, of which a third are for it. Who connects later is refused, and goes to another.
    #expect(tally.failures.count <= 2, "\(tally.failures)")
    #expect(
      tally.failures.allSatisfy { $0.reason.contains("RemoteDisconnected") || $0.reason.contains("ConnectionReset") })
    #expect(tally.refused.count <= 1, "\(tally.refused)")
    #expect(Set(tally.replicas(of: "1").keys) == before.union(successors))
    let failure = try run.vitals(["check"])
    #expect(failure.output.contains("pilito_web") && failure.output.contains("137"), "\(failure)")
  }

  /// No worker is left: `check` tells it when the collector has found out, and no longer once there are some.
  private func loseWorkers(_ run: StackRun) throws {
    // A worker that ends says so; one that is killed is missed after its heartbeats. The collector then refreshes each 15 s.
    let limit = Duration.seconds(45)
    #expect(try !run.check().text.contains("no worker is up"))
    let stop = try run.vitals(["scale", "celery=0", "--detach"])
    #expect(stop.exit == .code(0), "\(stop)")
    let began = ContinuousClock.now
    try eventually(within: limit, every: .milliseconds(500), "a check without workers") {
      let check = try run.check()
      guard check.deductions.contains(where: { $0.hasPrefix("celery: no worker is up for 2 queues") }) else {
        throw TestbedError(check.text)
      }
      return true
    }
    print("stack: no worker was told after \(ContinuousClock.now - began)")
    #expect(try run.vitals(["check"]).output.contains("celery: no worker is up for 2 queues"))
    let start = try run.vitals(["scale", "celery=2", "--detach"])
    #expect(start.exit == .code(0), "\(start)")
    let back = ContinuousClock.now
    try eventually(within: limit, every: .milliseconds(500), "a check with workers") {
      let check = try run.check()
      guard !check.deductions.contains(where: { $0.hasPrefix("celery: ") }) else { throw TestbedError(check.text) }
      return check.text.contains("2 workers up")
    }
    print("stack: workers were told again after \(ContinuousClock.now - back)")
  }

  /// The leader dies, then another manager.
  func loseQuorum(_ run: StackRun) throws {
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
    let check = try run.vitals(["check"], at: others[0], within: .seconds(120))
    #expect(check.exit == .code(5) && check.output == "" && check.errorOutput.contains("leader"), "\(check)")
    print("stack: check without a quorum: \(check.errorOutput)")
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
