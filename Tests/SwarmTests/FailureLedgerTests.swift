import Engine
@testable import Swarm
import Testing

@Suite struct FailureLedgerTests {
  /// A ledger after its first poll, of an empty history.
  private func ledger() -> FailureLedger {
    var ledger = FailureLedger()
    poll(&ledger, [])
    return ledger
  }

  private func poll(
    _ ledger: inout FailureLedger, _ history: [ServiceTask], isOccupied: Bool = true, isJob: Bool = false,
    services: [String] = ["s"]
  ) {
    ledger.beginPoll()
    for task in history { ledger.add(task, isOccupied: isOccupied, isJob: isJob) }
    ledger.endPoll(services: services)
  }

  private func failed(_ id: String, exitCode: Int = 1, error: String = "", at seconds: Double = 100) -> ServiceTask {
    .make(id, .failed, desired: .shutdown, error: error, exitCode: exitCode, at: seconds)
  }

  @Test func `a failure is counted once, however often it is seen`() {
    var ledger = ledger()
    for _ in 1...3 { poll(&ledger, [failed("a")]) }
    poll(&ledger, [failed("a"), failed("b")])
    #expect(ledger["s"].failures == [.exit: 2])
    #expect(ledger["s"].restarts == 2)
  }

  @Test(arguments: [
    (TaskState.failed, 1, "task: non-zero exit (1)", FailureLedger.Reason.exit),
    (.failed, 137, "task: non-zero exit (137)", .oom),
    (.failed, 137, "task: non-zero exit (137): dockerexec: unhealthy container", .unhealthy),
    (.failed, 0, "starting container failed: no such file", .exit),
    (.rejected, 0, "No such image: nowhere.invalid/none:1", .rejected),
    (.orphaned, 0, "", .orphaned),
  ])
  func `a failure has a reason`(_ state: TaskState, _ code: Int, _ error: String, _ reason: FailureLedger.Reason) {
    var ledger = ledger()
    poll(&ledger, [.make("a", state, desired: .shutdown, error: error, exitCode: code)])
    #expect(ledger["s"].failures == [reason: 1])
  }

  @Test(arguments: [TaskState.shutdown, .complete, .remove, .unknown])
  func `what was stopped or ended well is no failure`(_ state: TaskState) {
    var ledger = ledger()
    poll(&ledger, [.make("a", state, desired: .shutdown)])
    #expect(ledger["s"].failures == [:])
    #expect(ledger["s"].lastFailure == nil)
  }

  @Test func `all but the last task of a place that was given up were replaced`() {
    var ledger = ledger()
    poll(&ledger, [failed("a")])
    #expect(ledger["s"].restarts == 1)
    // The place is empty at the next poll, and has seen three more tasks.
    poll(
      &ledger, [failed("a"), failed("b"), failed("c"), .make("d", .complete, desired: .shutdown)], isOccupied: false)
    poll(&ledger, [failed("b"), failed("c"), .make("d", .complete, desired: .shutdown)], isOccupied: false)
    #expect(ledger["s"].restarts == 3)
    #expect(ledger["s"].failures == [.exit: 3])
  }

  @Test func `a task that ended well and was replaced is a restart, unless it is of a job`() {
    var ledger = ledger()
    poll(&ledger, [.make("a", .complete, desired: .shutdown)])
    poll(&ledger, [.make("a", .complete, desired: .shutdown), .make("b", .complete, desired: .shutdown)], isJob: true)
    #expect(ledger["s"].restarts == 1)
  }

  @Test func `a failure that nothing replaces is no restart`() {
    var ledger = ledger()
    poll(&ledger, [failed("a")], isOccupied: false)
    #expect(ledger["s"].failures == [.exit: 1] && ledger["s"].restarts == 0)
  }

  @Test func `the first poll counts nothing but tells the last failure`() {
    var ledger = FailureLedger()
    poll(&ledger, [failed("a", exitCode: 3, at: 200), failed("b", exitCode: 4, at: 100)])
    #expect(ledger["s"].failures == [:] && ledger["s"].restarts == 0)
    #expect(ledger["s"].lastFailure == Timestamp(seconds: 200) && ledger["s"].lastExitCode == 3)
    poll(&ledger, [failed("a", at: 200), failed("c", exitCode: 5, at: 300)])
    #expect(ledger["s"].failures == [.exit: 1])
    #expect(ledger["s"].lastFailure == Timestamp(seconds: 300) && ledger["s"].lastExitCode == 5)
  }

  @Test func `a rejected task has no exit code`() {
    var ledger = ledger()
    poll(&ledger, [failed("a", exitCode: 3, at: 100), .make("b", .rejected, desired: .shutdown, exitCode: 0, at: 200)])
    #expect(ledger["s"].lastFailure == Timestamp(seconds: 200) && ledger["s"].lastExitCode == nil)
    #expect(ledger["s"].lastReason == .rejected)
    poll(&ledger, [.make("c", .rejected, desired: .shutdown, at: 300), failed("d", exitCode: 137, at: 250)])
    #expect(ledger["s"].lastReason == .rejected)
    poll(&ledger, [failed("e", exitCode: 137, at: 300)])
    #expect(ledger["s"].lastReason == .oom)
  }

  @Test func `how a task ends that was told to stop is no failure`() {
    var ledger = ledger()
    poll(&ledger, [.make("a", .running, desired: .shutdown)])
    poll(&ledger, [failed("a", exitCode: 137)])
    poll(&ledger, [failed("a", exitCode: 137)])
    #expect(ledger["s"] == FailureLedger.Tally())
  }

  @Test func `a task on a node that never comes back is an orphan in the end`() {
    var ledger = ledger()
    for _ in 1...3 { poll(&ledger, [.make("a", .running, desired: .shutdown)]) }
    for _ in 1...3 { poll(&ledger, [.make("a", .orphaned, desired: .shutdown)]) }
    #expect(ledger["s"].failures == [.orphaned: 1])
    #expect(ledger["s"].restarts == 0, "it was replaced a day before")
  }

  @Test func `a poll that broke off counts what it saw, and nothing twice`() {
    var ledger = ledger()
    poll(&ledger, [failed("a"), failed("b")])
    ledger.beginPoll()
    ledger.add(failed("c"), isOccupied: true, isJob: false)
    ledger.abandonPoll()
    #expect(ledger["s"].failures == [.exit: 3])
    poll(&ledger, [failed("a"), failed("b"), failed("c"), failed("d")])
    #expect(ledger["s"].failures == [.exit: 4])
  }

  @Test func `a first poll that broke off is no first poll`() {
    var ledger = FailureLedger()
    ledger.beginPoll()
    ledger.add(failed("a"), isOccupied: true, isJob: false)
    ledger.abandonPoll()
    poll(&ledger, [failed("a"), failed("b")])
    #expect(ledger["s"].failures == [:])
    poll(&ledger, [failed("a"), failed("b"), failed("c")])
    #expect(ledger["s"].failures == [.exit: 1])
  }

  @Test func `a service that is gone is forgotten, one that comes starts at 0`() {
    var ledger = ledger()
    poll(&ledger, [failed("a")])
    poll(&ledger, [.make("b", of: "new", .failed, desired: .shutdown, exitCode: 1)], services: ["new"])
    #expect(ledger["s"] == FailureLedger.Tally())
    #expect(ledger["new"].failures == [.exit: 1])
  }

  @Test func `a real swarm's failures are counted while a node dies and comes back`() throws {
    var ledger = FailureLedger()
    let services: [Service] = try Fixture.up.list("services")
    let ids = Dictionary(uniqueKeysWithValues: services.map { ($0.name, $0.id) })
    for fixture in [Fixture.up, .nodeDown, .nodeBack] {
      poll(&ledger, try fixture.list("history"), services: services.map(\.id))
    }
    func failures(_ name: String) throws -> [FailureLedger.Reason: Int] { ledger[try #require(ids[name])].failures }
    // The containers of the killed node ended with 137 when its engine came back. Their tasks had been replaced before.
    for name in ["shop_web", "shop_rolling", "shop_done", "shop_back", "shop_agent", "shop_idle", "shop_big"] {
      #expect(try failures(name) == [:], "\(name)")
    }
    #expect(Set(try failures("shop_crash").keys) == [.exit])
    #expect(Set(try failures("shop_noimage").keys) == [.rejected])
    #expect(try failures("shop_sick")[.unhealthy] ?? 0 > 0)
    #expect(try failures("shop_oom")[.oom] ?? 0 > 0)
  }
}
