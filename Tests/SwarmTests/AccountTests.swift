import Engine
import Swarm
import Testing

/// The rules of counting, a case each.
@Suite struct AccountTests {
  private let nodes = [
    Node.make("n1"), .make("n2"), .make("dead", state: "down"), .make("lost", state: "disconnected"),
    .make("new", state: "unknown"), .make("drained", availability: "drain"),
  ]

  private func account(_ service: Service, _ tasks: [ServiceTask]) throws -> ServiceAccount {
    var snapshot = Snapshot(nodes: nodes, services: [service])
    for task in tasks { snapshot.add(task) }
    return try #require(snapshot.services.first)
  }

  @Test func `old and new task of a slot are one replica`() throws {
    let tasks: [ServiceTask] = [
      .make("a", slot: 1, .running), .make("b", slot: 1, on: "n2", .running), .make("c", slot: 2, .running),
    ]
    #expect(try account(.make(.replicated(2)), tasks).running == 2)
  }

  @Test func `a slot serves while its new task starts first`() throws {
    let tasks: [ServiceTask] = [.make("old", .running), .make("new", .starting)]
    #expect(try account(.make(.replicated(1)), tasks).running == 1)
  }

  @Test(arguments: [("n1", 1), ("lost", 1), ("new", 1), ("drained", 1), ("dead", 0), ("removed", 0), ("", 0)])
  func `a replica runs if its node may be alive`(_ node: String, _ running: Int) throws {
    #expect(try account(.make(.replicated(1)), [.make("a", on: node, .running)]).running == running)
  }

  @Test func `a task that is to stop is no replica`() throws {
    let tasks: [ServiceTask] = [
      .make("a", slot: 1, .running, desired: .shutdown), .make("b", slot: 2, .running, desired: .remove),
    ]
    let account = try account(.make(.replicated(2)), tasks)
    #expect(account.running == 0)
    #expect(account.tasks[.running] == 0)
  }

  @Test func `a crash loop in its restart delay is starting, not gone`() throws {
    let account = try account(.make(.replicated(1)), [.make("a", .ready, desired: .ready)])
    #expect(account.desired == 1 && account.running == 0 && account.tasks[.starting] == 1)
  }

  @Test func `a global service wants a task on each node that has one, also during a restart delay`() throws {
    let tasks: [ServiceTask] = [
      .make("a", slot: 0, on: "n1", .running), .make("b", slot: 0, on: "n2", .ready, desired: .ready),
      .make("c", slot: 0, on: "dead", .running, desired: .shutdown),
    ]
    let account = try account(.make(.global), tasks)
    #expect(account.desired == 2 && account.running == 1)
  }

  @Test func `two tasks of a global service on one node are one replica`() throws {
    let tasks: [ServiceTask] = [.make("a", slot: 0, .running), .make("b", slot: 0, .running)]
    #expect(try account(.make(.global), tasks).running == 1)
  }

  @Test(arguments: [(0, 3), (2, 3), (8, 2), (10, 0), (11, 0)])
  func `a replicated job wants as many at a time as are left`(_ completed: Int, _ desired: Int) throws {
    var service = Service.make(.replicatedJob(concurrent: 3, completions: 10))
    service.status = Service.Status(running: 0, desired: 3, completed: completed)
    #expect(try account(service, []).desired == desired)
  }

  @Test func `an engine that does not count leaves it to the tasks`() throws {
    let tasks: [ServiceTask] = [
      .make("a", slot: 0, .complete, desired: .complete), .make("b", slot: 1, .complete, desired: .complete),
      .make("c", slot: 2, .running, desired: .complete),
    ]
    let account = try account(.make(.replicatedJob(concurrent: 3, completions: 3)), tasks)
    #expect(account.completed == 2 && account.desired == 1 && account.running == 1)
    #expect(account.reported == nil)
  }

  @Test func `a global job wants what has not run to its end`() throws {
    let tasks: [ServiceTask] = [
      .make("a", slot: 0, on: "n1", .complete, desired: .complete),
      .make("b", slot: 0, on: "n2", .running, desired: .complete),
    ]
    let account = try account(.make(.globalJob), tasks)
    #expect(account.desired == 1 && account.running == 1 && account.completionsDesired == 2)
  }

  @Test func `an earlier iteration of a job does not count`() throws {
    let tasks: [ServiceTask] = [
      .make("old", slot: 0, .running, desired: .complete, iteration: 1),
      .make("new", slot: 0, .preparing, desired: .complete, iteration: 2),
    ]
    let account = try account(.make(.replicatedJob(concurrent: 1, completions: 1), iteration: 2), tasks)
    #expect(account.running == 0 && account.tasks[.running] == 0 && account.tasks[.starting] == 1)
  }

  @Test(arguments: [
    (Service.Update.State.updating, 1), (.paused, 1), (.rollbackStarted, 1), (.rollbackPaused, 1), (.completed, 2),
    (.rollbackCompleted, 2),
  ])
  func `outside of an update all running replicas are up to date`(_ state: Service.Update.State, _ updated: Int) throws
  {
    var service = Service.make(.replicated(2))
    service.update = Service.Update(state)
    var snapshot = Snapshot(nodes: nodes, services: [service])
    let tasks: [ServiceTask] = [.make("a", slot: 1, .running), .make("b", slot: 2, .running)]
    for task in tasks { snapshot.add(task) }
    snapshot.addUpdated(tasks[0])
    #expect(snapshot.services.first?.updated == updated)
  }

  @Test func `the first of the pending tasks tells since when`() throws {
    let tasks: [ServiceTask] = [
      .make("a", slot: 1, on: "", .pending, at: 300), .make("b", slot: 2, on: "", .pending, at: 200),
      .make("c", slot: 3, .running, at: 100),
    ]
    #expect(try account(.make(.replicated(3)), tasks).pendingSince == Timestamp(seconds: 200))
  }

  @Test func `what tasks reserve counts from the assignment to the end, on nodes that can be used`() {
    var snapshot = Snapshot(nodes: nodes, services: [.make(.replicated(9))])
    let cases: [(String, TaskState, TaskState)] = [
      ("n1", .assigned, .running), ("n1", .running, .running), ("n1", .ready, .ready), ("", .pending, .running),
      ("n1", .complete, .complete), ("n1", .running, .shutdown), ("dead", .running, .running),
      ("drained", .running, .running), ("n2", .running, .complete),
    ]
    for (index, (node, state, desired)) in cases.enumerated() {
      var task = ServiceTask.make("\(index)", slot: index, on: node, state, desired: desired)
      task.reservations = Resources(nanoCPUs: 500_000_000, memory: 10)
      snapshot.add(task)
    }
    #expect(snapshot.nodes[0].reserved == Resources(nanoCPUs: 1_500_000_000, memory: 30))
    #expect(snapshot.reserved == Resources(nanoCPUs: 2_000_000_000, memory: 40))
    #expect(snapshot.capacity == Resources(nanoCPUs: 8_000_000_000, memory: 2000))
  }

  @Test func `a task of a service that is not known yet counts for its node and the whole`() {
    var snapshot = Snapshot(nodes: nodes, services: [])
    snapshot.add(.make("a", of: "later", .running))
    #expect(snapshot.tasks[.running] == 1 && snapshot.nodes[0].running == 1)
  }

  @Test func `slots far apart, and a slot that no engine gives, are counted`() throws {
    let tasks: [ServiceTask] = [1, 64, 65, 1_000_000, .max].map { .make("\($0)", slot: $0, .running) }
    #expect(try account(.make(.replicated(5)), tasks + tasks).running == 5)
    #expect(try account(.make(.replicated(5)), [.make("a", slot: -1, .running)]).running == 1)
  }
}
