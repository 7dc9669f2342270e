import Engine
import Swarm
import Testing

@Suite struct SnapshotTests {
  struct Expected: Sendable, CustomTestStringConvertible {
    var service: String
    var desired: Int
    var running: Int
    var reported: Int
    var updated: Int

    init(_ service: String, desired: Int, running: Int, reported: Int, updated: Int? = nil) {
      self.service = service
      self.desired = desired
      self.running = running
      self.reported = reported
      self.updated = updated ?? running
    }

    var testDescription: String { service }
  }

  private func check(_ expected: Expected, in fixture: Fixture) throws {
    let account = try #require(try fixture.snapshot()[expected.service])
    #expect(account.desired == expected.desired, "desired")
    #expect(account.running == expected.running, "running")
    #expect(account.reported == expected.reported, "reported")
    if fixture == .nodeDown { #expect(account.updated == expected.updated, "updated") }
  }

  @Test(arguments: [
    Expected("cache", desired: 2, running: 2, reported: 2),
    Expected("shop_agent", desired: 2, running: 2, reported: 2),
    Expected("shop_back", desired: 2, running: 2, reported: 2),
    Expected("shop_big", desired: 2, running: 0, reported: 0),
    Expected("shop_crash", desired: 2, running: 0, reported: 0),
    Expected("shop_done", desired: 2, running: 2, reported: 2),
    Expected("shop_idle", desired: 0, running: 0, reported: 0),
    // The engine's own number of desired tasks is 2 still, though the job is done.
    Expected("shop_migrate", desired: 0, running: 0, reported: 0),
    Expected("shop_noimage", desired: 1, running: 0, reported: 0),
    Expected("shop_oom", desired: 1, running: 0, reported: 0),
    Expected("shop_paused", desired: 2, running: 0, reported: 0),
    Expected("shop_report", desired: 2, running: 2, reported: 2),
    Expected("shop_rolling", desired: 3, running: 3, reported: 3),
    Expected("shop_sick", desired: 1, running: 0, reported: 0),
    Expected("shop_sweep", desired: 0, running: 0, reported: 0),
    // In the middle of a start-first update: the old task of a slot has not stopped yet.
    Expected("shop_web", desired: 3, running: 3, reported: 4),
  ])
  func `replicas of a real swarm are counted`(_ expected: Expected) throws { try check(expected, in: .up) }

  @Test(arguments: [
    // One replica a node, and one of the two nodes is dead: the engine still says 2 of 2.
    Expected("cache", desired: 2, running: 1, reported: 2),
    Expected("shop_agent", desired: 1, running: 1, reported: 2),
    Expected("shop_back", desired: 2, running: 2, reported: 3),
    Expected("shop_big", desired: 2, running: 0, reported: 0),
    Expected("shop_done", desired: 2, running: 2, reported: 3),
    Expected("shop_migrate", desired: 0, running: 0, reported: 0),
    Expected("shop_paused", desired: 2, running: 0, reported: 0),
    // A job's task is not replaced when its node dies, and its desired state stays.
    Expected("shop_report", desired: 2, running: 1, reported: 2),
    Expected("shop_rolling", desired: 3, running: 3, reported: 4, updated: 2),
    Expected("shop_sweep", desired: 0, running: 0, reported: 0),
    Expected("shop_web", desired: 3, running: 3, reported: 4, updated: 2),
  ])
  func `tasks of a dead node do not run`(_ expected: Expected) throws { try check(expected, in: .nodeDown) }

  @Test func `tasks of a real swarm are grouped by state`() throws {
    let snapshot = try Fixture.up.snapshot()
    func tasks(_ service: String) throws -> [Int] {
      let account = try #require(snapshot[service])
      return TaskGroup.allCases.map { account.tasks[$0] }
    }
    // Pending, starting, running, complete, failed, rejected, orphaned.
    #expect(try tasks("shop_big") == [2, 0, 0, 0, 0, 0, 0])
    #expect(try tasks("shop_crash") == [0, 2, 0, 0, 0, 0, 0])
    #expect(try tasks("shop_web") == [0, 0, 3, 0, 0, 0, 0])
    #expect(try tasks("shop_migrate") == [0, 0, 0, 3, 0, 0, 0])
    #expect(try tasks("shop_noimage") == [0, 0, 0, 0, 0, 1, 0])
    #expect(snapshot["shop_big"]?.pendingSince == Timestamp("2026-11-23T08:37:04.493756176Z"))
    #expect(snapshot["shop_web"]?.pendingSince == nil)
    #expect(snapshot.tasks[.running] == snapshot.services.reduce(0) { $0 + $1.tasks[.running] })
  }

  @Test func `jobs tell what is done and what is left`() throws {
    let snapshot = try Fixture.up.snapshot()
    #expect(snapshot["shop_migrate"]?.completed == 3 && snapshot["shop_migrate"]?.completionsDesired == 3)
    #expect(snapshot["shop_report"]?.completed == 0 && snapshot["shop_report"]?.completionsDesired == 2)
    #expect(snapshot["shop_sweep"]?.completed == 2 && snapshot["shop_sweep"]?.completionsDesired == 2)
    #expect(snapshot["shop_web"]?.completionsDesired == nil)
  }

  @Test func `a dead node has no running tasks and no part in the capacity`() throws {
    let up = try Fixture.up.snapshot()
    let down = try Fixture.nodeDown.snapshot()
    #expect(up.capacity.cpus == 4 && down.capacity.cpus == 2)
    #expect(up.nodes.map(\.running).allSatisfy { $0 > 0 })
    let worker = try #require(down.nodes.first { $0.node.hostname == "worker-1" })
    #expect(worker.running == 0)
    #expect(up.managers == 1 && up.reachableManagers == 1 && up.hasLeader)
    // Three replicas of shop_web with a tenth of a processor and 16 MiB each.
    #expect(abs(down.reserved.cpus - 0.3) < 1e-9 && down.reserved.memory == 48 << 20)
  }
}
