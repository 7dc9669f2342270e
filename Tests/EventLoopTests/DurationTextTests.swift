import Testing

@testable import EventLoop

@Suite struct DurationTextTests {
  @Test(
    arguments: [
      ("500ms", .milliseconds(500)), ("5s", .seconds(5)), ("1m30s", .seconds(90)), ("2h", .seconds(7200)),
      ("0s", .zero), ("90m", .seconds(5400)), ("1h1m1s1ms", .milliseconds(3_661_001)), ("007s", .seconds(7)),
      ("1s1s", .seconds(2)), ("876000h", .seconds(876_000 * 3600)),
      ("0", .zero), ("1.5h", .seconds(5400)), ("0.25s", .milliseconds(250)), (".5s", .milliseconds(500)),
      ("5us", .microseconds(5)), ("5µs", .microseconds(5)), ("1h1ns", .nanoseconds(3_600_000_000_001)),
    ] as [(String, Duration)])
  func `a duration is read as people write it`(text: String, duration: Duration) {
    #expect(DurationText.parse(text) == duration)
  }

  @Test(arguments: [
    "", " ", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", ".s", "1..5s", "5S", "5sec", "5d", "m5", "5s5", "٥s", "1e3s",
    "99999999999s", "876000h1ns", "876001h", "nans", "infs", "5s,", "\u{0}",
  ])
  func `what is no duration is none`(text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test(
    arguments: [
      ("0s", .zero), ("5s", .seconds(5)), ("1m30s", .seconds(90)), ("1h", .seconds(3600)), ("10ms", .milliseconds(10)),
      ("1s500ms", .milliseconds(1500)), ("0s", .microseconds(999)), ("0s", .seconds(-1)),
    ] as [(String, Duration)])
  func `a description is the shortest text that reads the same`(text: String, duration: Duration) {
    #expect(DurationText.describe(duration) == text)
  }

  @Test func `what is described is read again`() {
    for milliseconds in stride(from: 1, to: 10_000_000, by: 9973) {
      let duration = Duration.milliseconds(milliseconds)
      #expect(DurationText.parse(DurationText.describe(duration)) == duration)
    }
  }
}
