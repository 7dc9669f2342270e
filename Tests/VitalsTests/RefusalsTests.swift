import EventLoop
import Logging
import Testing

@testable import Vitals

@Suite struct RefusalsTests {
  private let start = Instant(nanoseconds: 0)

  /// What the log says of these refusals.
  private func told(
    _ refusals: inout Refusals, _ names: [(String, Bool)], after seconds: Int
  ) -> [String] {
    let messages = refusals.take(names.map { ($0.0, $0.1, "no") }, at: start + .seconds(seconds))
    return messages.map { "\($0["question"] ?? "")" }
  }

  @Test func `what is refused for good is told once, and asked for again after ten minutes`() {
    var refusals = Refusals()
    #expect(refusals.names(at: start).isEmpty)
    #expect(told(&refusals, [("a", true), ("b", true)], after: 0) == ["a", "b"])
    #expect(refusals.names(at: start + .seconds(599)) == ["a", "b"])
    // Not asked, and so not refused.
    #expect(told(&refusals, [], after: 15) == [])
    #expect(refusals.names(at: start + .seconds(600)).isEmpty)
    #expect(told(&refusals, [("a", true)], after: 601) == [])
    #expect(refusals.names(at: start + .seconds(1200)) == ["a"])
  }

  @Test func `what comes in time again is told each time that it stops, and never left out`() {
    var refusals = Refusals()
    #expect(told(&refusals, [("a", false)], after: 0) == ["a"])
    #expect(refusals.names(at: start).isEmpty)
    #expect(told(&refusals, [("a", false)], after: 15) == [])
    #expect(told(&refusals, [], after: 30) == [])
    #expect(told(&refusals, [("a", false)], after: 45) == ["a"])
  }

  @Test func `a question that names several commands is told once`() {
    var refusals = Refusals()
    #expect(told(&refusals, [("config|get", true), ("config|get", true)], after: 0) == ["config|get"])
  }
}
