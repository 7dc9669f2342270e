import Foundation
import Testing

@testable import Scoring

@Suite struct ScoreTests {
  /// A stack that lacks nothing, in which `change` makes something wrong.
  private static func facts(_ change: (inout Facts) -> Void = { _ in }) -> Facts {
    var facts = Facts()
    facts.swarm = .facts(swarm())
    facts.postgres = [.init(name: "postgresql", .up)]
    facts.redis = [.init(name: "redis", .up)]
    facts.endpoints = [.init(name: "api", .up)]
    facts.celery = .facts(.init(workers: 2, queues: [("celery", 3)]))
    facts.filesystems = [.init(mountpoint: "/", free: 0.4)]
    facts.collectors = ["swarm", "postgresql", "redis"].map { .init(name: $0, isStale: false) }
    change(&facts)
    return facts
  }

  private static func swarm(_ change: (inout SwarmFacts) -> Void = { _ in }) -> SwarmFacts {
    let services = [("web", 3), ("celery", 2), ("beat", 1), ("postgres", 1)]
    var facts = SwarmFacts(
      services: services.map { SwarmFacts.Service("pilito_\($0)", desired: $1, running: $1) },
      nodes: (1...3).map { SwarmFacts.Node("node\($0)") }, managers: 3, reachableManagers: 3)
    change(&facts)
    return facts
  }

  private static func with(_ change: @escaping (inout SwarmFacts) -> Void) -> Facts {
    facts { $0.swarm = .facts(swarm(change)) }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var facts: Facts
    var value: Int
    var deductions: [Score.Deduction] = []

    init(_ description: String, _ facts: Facts, _ value: Int, _ deductions: [(String, Int, String)] = []) {
      testDescription = description
      self.facts = facts
      self.value = value
      self.deductions = deductions.map { Score.Deduction($0.0, $0.1, $0.2) }
    }
  }

  static let cases: [Case] = [
    Case("nothing is watched", Facts(), 100),
    Case("all is well", facts(), 100),
    Case(
      "no leader", with { $0.hasLeader = false }, 0, [("quorum", 100, "no manager leads: there is no quorum")]),
    Case(
      "no quorum", facts { $0.swarm = .noQuorum }, 0, [("quorum", 100, "no manager leads: there is no quorum")]),
    Case("no manager to ask", facts { $0.swarm = .unavailable("the engine is a worker") }, 100),
    Case(
      "a service runs nowhere", with { $0.services[0].running = 0 }, 60,
      [("services", 40, "pilito_web runs 0 of 3 replicas")]),
    Case(
      "an optional service runs nowhere",
      with {
        $0.services[2].running = 0
        $0.services[2].isCritical = false
      }, 80, [("services", 20, "pilito_beat runs 0 of 1 replica")]),
    Case(
      "one of three is missing", with { $0.services[0].running = 2 }, 93,
      [("services", 7, "pilito_web runs 2 of 3 replicas")]),
    Case(
      "one of a thousand is missing",
      with { $0.services[0] = .init("many", desired: 1000, running: 999) }, 99,
      [("services", 1, "many runs 999 of 1000 replicas")]),
    Case(
      "services take 40 at most, the worst first",
      with {
        $0.services[0].running = 2
        $0.services[1].running = 1
        $0.services[2].running = 0
        $0.services[2].isCritical = false
        $0.services[3].running = 0
        $0.services[3].isCritical = false
      }, 60,
      [
        ("services", 20, "pilito_beat runs 0 of 1 replica"), ("services", 20, "pilito_postgres runs 0 of 1 replica"),
        ("services", 0, "pilito_celery runs 1 of 2 replicas"), ("services", 0, "pilito_web runs 2 of 3 replicas"),
      ]),
    Case("a service that is to run nowhere", with { $0.services[0] = .init("off", desired: 0, running: 0) }, 100),
    Case(
      "a paused update", with { $0.services[1].isUpdatePaused = true }, 85,
      [("updates", 15, "the update of pilito_celery is paused")]),
    Case(
      "two of them take no more",
      with {
        $0.services[0].isRollbackPaused = true
        $0.services[1].isUpdatePaused = true
      }, 85,
      [
        ("updates", 15, "the rollback of pilito_web is paused"),
        ("updates", 0, "the update of pilito_celery is paused"),
      ]),
    Case(
      "a crash loop", with { $0.services[1].recentFailures = 3 }, 85,
      [("tasks", 15, "tasks of pilito_celery failed 3 times or more in 10 min")]),
    Case("two failures", with { $0.services[1].recentFailures = 2 }, 100),
    Case(
      "a node is down, a worker", with { $0.nodes[2].isDown = true }, 90, [("nodes", 10, "node3 is down")]),
    Case(
      "nodes take 30 at most",
      with { $0.nodes = (1...4).map { SwarmFacts.Node("n\($0)", isDown: true) } }, 70,
      [
        ("nodes", 10, "n1 is down"), ("nodes", 10, "n2 is down"), ("nodes", 10, "n3 is down"),
        ("nodes", 0, "n4 is down"),
      ]),
    Case(
      "no manager more may be lost", with { $0.reachableManagers = 2 }, 90,
      [("quorum", 10, "2 of 3 managers reachable: none may be lost")]),
    Case(
      "two managers are no better than one",
      with {
        $0.managers = 2
        $0.reachableManagers = 2
      }, 90, [("quorum", 10, "2 of 2 managers reachable: none may be lost")]),
    Case(
      "a single manager",
      with {
        $0.managers = 1
        $0.reachableManagers = 1
      }, 100),
    Case(
      "PostgreSQL is down, and its collector counts no more",
      facts {
        $0.postgres[0].presence = .down("connection refused")
        $0.collectors[1].isStale = true
      }, 60, [("postgresql", 40, "postgresql is down: connection refused")]),
    Case(
      "two servers down are no worse than one",
      facts {
        $0.postgres = ["a", "b"].map { .init(name: $0, .down("connection refused")) }
      }, 60,
      [("postgresql", 40, "a is down: connection refused"), ("postgresql", 0, "b is down: connection refused")]),
    Case(
      "an optional server that is down counts by its collector",
      facts {
        $0.postgres.append(.init(name: "standby", .down("connection refused"), isCritical: false))
        $0.collectors.append(.init(name: "standby", isStale: true))
      }, 95, [("collectors", 5, "nothing new of standby")]),
    Case(
      "91 % of the connections", facts { $0.postgres[0].usage = 0.919 }, 90,
      [("postgresql", 10, "postgresql has 91 % of its connections taken")]),
    Case("90 % of the connections", facts { $0.postgres[0].usage = 0.9 }, 100),
    Case("not asked yet", facts { $0.postgres[0].presence = .unknown }, 100),
    Case(
      "Redis is down", facts { $0.redis[0].presence = .down("no answer in time") }, 60,
      [("redis", 40, "redis is down: no answer in time")]),
    Case(
      "Redis is full", facts { $0.redis[0].usage = 0.95 }, 85,
      [("redis", 15, "redis has 95 % of its memory taken")]),
    Case(
      "Redis evicts", facts { $0.redis[0].isEvicting = true }, 85, [("redis", 15, "redis evicts keys")]),
    Case(
      "an endpoint is down", facts { $0.endpoints[0].presence = .down("connection refused") }, 80,
      [("endpoints", 20, "api does not answer: connection refused")]),
    Case(
      "endpoints take 40 at most",
      facts {
        $0.endpoints =
          ["a", "b", "c"].map { .init(name: $0, .down("x")) }
          + [.init(name: "d", .down("x"), isCritical: false)]
      }, 60,
      [
        ("endpoints", 20, "a does not answer: x"), ("endpoints", 20, "b does not answer: x"),
        ("endpoints", 0, "c does not answer: x"), ("endpoints", 0, "d does not answer: x"),
      ]),
    Case(
      "no worker", facts { $0.celery = .facts(.init(workers: 0, queues: [("celery", 1), ("mail", 0)])) }, 70,
      [("celery", 30, "no worker is up for 2 queues, 1 task waiting")]),
    Case("no worker, and no queue either", facts { $0.celery = .facts(.init(workers: 0, queues: [])) }, 100),
    Case(
      "workers that take nothing",
      facts { $0.celery = .facts(.init(workers: 1, queues: [("celery", 7)], stalledSeconds: 660)) }, 75,
      [("celery", 25, "no task was begun for 11 min, 7 waiting")]),
    Case(
      "workers that take nothing, as there is nothing",
      facts { $0.celery = .facts(.init(workers: 1, queues: [("celery", 0)], stalledSeconds: 660)) }, 100),
    Case(
      "a backlog", facts { $0.celery = .facts(.init(workers: 1, queues: [("celery", 101), ("mail", 100)])) }, 95,
      [("celery", 5, "tasks pile up: 101 in celery")]),
    Case("the broker does not answer", facts { $0.celery = .unavailable }, 100),
    Case(
      "a disk is full",
      facts { $0.filesystems = [.init(mountpoint: "/", free: 0.4), .init(mountpoint: "/data", free: 0.09)] },
      85, [("disk", 15, "/data has 9 % of its space left")]),
    Case("a tenth is enough", facts { $0.filesystems = [.init(mountpoint: "/", free: 0.1)] }, 100),
    Case(
      "two collectors are stale",
      facts {
        $0.collectors[0].isStale = true
        $0.collectors[2].isStale = true
      }, 90, [("collectors", 5, "nothing new of swarm"), ("collectors", 5, "nothing new of redis")]),
    Case(
      "all at once, and not below 0",
      facts {
        $0.postgres[0].presence = .down("x")
        $0.redis[0].presence = .down("x")
        $0.celery = .facts(.init(workers: 0, queues: [("celery", 500)]))
      }, 0,
      [
        ("postgresql", 40, "postgresql is down: x"), ("redis", 40, "redis is down: x"),
        ("celery", 30, "no worker is up for 1 queue, 500 tasks waiting"), ("celery", 5, "tasks pile up: 500 in celery"),
      ]),
  ]

  @Test(arguments: cases) func `each point that is missing has its reason`(each: Case) {
    let score = Score(each.facts)
    #expect(score.value == each.value)
    #expect(score.deductions == each.deductions)
    // A check fails where something is deducted, and nowhere else.
    let failing = Set(score.checks.filter { $0.status == .fail }.map(\.name))
    #expect(failing == Set(score.deductions.map(\.component)))
    #expect(Set(score.checks.map(\.name)).count == score.checks.count)
    #expect(score.checks.allSatisfy { !$0.text.isEmpty })
  }

  @Test func `what is not known is no failure, and is said`() {
    let score = Score(
      Self.facts {
        $0.swarm = .unavailable("the engine is a worker")
        $0.celery = .unavailable
        $0.redis[0].presence = .unknown
        $0.filesystems = []
      })
    let unknown = score.checks.filter { $0.status == .unknown }.map(\.name)
    #expect(unknown == Score.swarmChecks + ["redis", "celery", "disk"])
    #expect(score.value == 100)
  }

  @Test(arguments: [
    (100, Score.Band.healthy, 0), (90, .healthy, 0), (89, .degraded, 1), (70, .degraded, 1), (69, .critical, 2),
    (0, .critical, 2),
  ])
  func `bands are those of monitoring plugins`(value: Int, band: Score.Band, exitCode: Int32) {
    let score = Score(deductions: [.init("x", 100 - value, "x")])
    #expect(score.value == value)
    #expect(score.band == band)
    #expect(score.band.exitCode == exitCode)
  }

  @Test func `JSON brings back the same`() throws {
    let score = Score(Self.with { $0.services[0].running = 1 })
    let encoded = try JSONEncoder().encode(score)
    #expect(try JSONDecoder().decode(Score.self, from: encoded) == score)
    let object = try #require(JSONSerialization.jsonObject(with: encoded) as? [String: Any])
    #expect(object["score"] as? Int == 86)
    #expect(object["band"] as? String == "degraded")
  }

  @Test func `parts of a score and their sum`() {
    let score = Score(Self.with { $0.services[0].running = 1 })
    let swarm = score.only { Score.swarmChecks.contains($0) }
    let rest = score.only { !Score.swarmChecks.contains($0) }
    #expect((swarm.value, rest.value) == (86, 100))
    #expect((swarm + rest) == score)
  }
}
