import EventLoop
import Testing

@testable import Containers

@Suite struct OutOfMemoryLedgerTests {
  private static let web = Place.task("web", "1")

  private func time(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

  @Test func `a place keeps its count while its container is replaced`() {
    var ledger = OutOfMemoryLedger()
    ledger.add(.task("web", "1", id: "a"), at: time(0))
    ledger.keep([], at: time(3000))
    ledger.add(.task("web", "1", id: "b"), at: time(3000))
    #expect(ledger[Self.web] == 2)
    #expect(ledger[.task("web", "2")] == 0)
  }

  @Test func `the count of a place that is gone for an hour is forgotten`() {
    var ledger = OutOfMemoryLedger()
    ledger.add(Self.web, at: time(0))
    ledger.keep([Self.web], at: time(10_000))
    ledger.keep([], at: time(13_600))
    #expect(ledger[Self.web] == 1)
    ledger.keep([], at: time(13_601))
    #expect(ledger[Self.web] == 0)
  }

  @Test func `a flood of names is bounded`() {
    var ledger = OutOfMemoryLedger()
    ledger.add(Self.web, at: time(0))
    for number in 0..<5000 { ledger.add(Place(name: "x\(number)", labels: [:]), at: time(1)) }
    ledger.add(Self.web, at: time(2))
    #expect(ledger[Self.web] == 2)
    #expect((0..<5000).count { ledger[Place(name: "x\($0)", labels: [:])] > 0 } == 999)
  }
}
