import Foundation

extension RealRun {
  /// All that happens, in its order.
  func play() throws {
    record.happen([app.stalled])
    // Before it begins: those who wait in the queue are what Prometheus has then.
    record.note("stalled")
    try app.work()
    try swarm.awaitServices()
    try awaitHealth()
    record.happen(stores.conditions + app.conditions + swarm.conditions)
    try awaitTasks(7)
    record.note("busy")
    record.happen([silent])
    for condition in swarm.nodeConditions { record.happen([condition]) }
    record.happen([swarm.leaderless, app.killed, flapping] + failures)
    record.happen([swarm.gone])
    record.happen([
      RealRunCondition("nobody watches any more", ["VitalsDown": ["job": "vitals"]]) { [vitals] in vitals.kill() }
    ])
    record.note("end")
  }

  /// Waits until everything works, what was sent is done, and no alert has a reason.
  private func awaitHealth() throws {
    try eventually(within: .seconds(60), every: .milliseconds(300), "a run without alerts") {
      let time = Date.now
      let present = try record.present(at: time)
      guard present.isEmpty else { throw TestbedError("\(present)") }
      guard try areDone(1, at: time) else { throw TestbedError("tasks are not done") }
      record.note("healthy", at: time)
      return true
    }
  }

  private func awaitTasks(_ count: Int) throws {
    try eventually(within: .seconds(60), every: .milliseconds(300), "\(count) tasks of each kind") {
      try areDone(count, at: .now)
    }
  }

  /// Whether Prometheus knows the ends of so many tasks of each kind.
  private func areDone(_ count: Int, at time: Date) throws -> Bool {
    let expected = ["succeeded": 2 * count, "failed": 2 * count, "revoked": count]
    return try expected.allSatisfy { kind, number in
      let name = "orders.tasks.(fail|reject|retry|place)"
      let samples = try prometheus.query("sum(celery_task_\(kind)_total{name=~\"\(name)\"})", at: time)
      return samples.first?.value == Double(number)
    }
  }

  /// The cache goes and comes.
  private var flapping: RealRunCondition {
    RealRunCondition("a server comes and goes", ["HealthCheckFlapping": ["check": "cache"]]) { [stores, vitals] in
      for _ in 0..<3 {
        stores.cache.kill()
        try vitals.waitForPage("a check that fails") {
          $0["health_check_up", ["check": "cache", "critical": "false"]] == 0
        }
        try stores.cache.start()
        try vitals.waitForPage("a check that passes") {
          $0["health_check_up", ["check": "cache", "critical": "false"]] == 1
        }
      }
    }
  }

  /// Nothing tells of the first node any more.
  private var silent: RealRunCondition {
    RealRunCondition(
      "an agent ends", ["TargetDown": ["job": "vitals-agent"], "VitalsAgentMissing": ["node": "node1"]]
    ) { [swarm] in swarm.agents[0].kill() }
  }

  private var failures: [RealRunCondition] {
    let cache = ["server": "127.0.0.1:\(stores.cache.port)"]
    let primary = ["server": "127.0.0.1:\(stores.primary.port)"]
    return [
      RealRunCondition(
        "the cache is killed",
        [
          "RedisDown": cache, "HealthCheckOptionalFailing": ["check": "cache"],
          "VitalsCollectorFailing": ["collector": "cache"], "HealthCheckFailingPartly": ["check": "mail"],
        ]
      ) { [stores] in stores.cache.kill() },
      RealRunCondition("nothing is refreshed for two minutes", ["VitalsCollectorStale": ["collector": "celery"]]) {},
      RealRunCondition(
        "PostgreSQL is killed", ["PostgresDown": primary, "HealthCheckFailing": ["check": "postgresql"]]
      ) { [stores] in stores.primary.kill() },
    ]
  }
}
