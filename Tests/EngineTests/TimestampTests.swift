import Engine
import Testing

@Suite struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2026-11-23T08:37:04Z", 1_795_423_024), ("2000-02-29T23:59:59Z", 951_868_799),
    ("2024-12-31T23:59:59Z", 1_735_689_599), ("2100-03-01T00:00:00Z", 4_107_542_400),
    ("2026-11-23T09:37:04+01:00", 1_795_423_024), ("2026-11-23T03:07:04-05:30", 1_795_423_024),
    ("2026-11-23 08:37:04z", 1_795_423_024), ("1969-12-31T23:59:59Z", -1),
  ])
  func `a time is read`(_ text: String, _ seconds: Double) {
    #expect(Timestamp(text)?.seconds == seconds)
  }

  @Test func `fractions count`() throws {
    let time = try #require(Timestamp("2026-11-23T08:37:04.514446537Z"))
    #expect(abs(time.seconds - 1_795_423_024.514446537) < 1e-6)
    #expect(try time > #require(Timestamp("2026-11-23T08:37:04.5Z")))
  }

  @Test(arguments: [
    "0001-01-01T00:00:00Z", "", "yesterday", "2026-11-23", "2026-13-01T00:00:00Z", "2026-11-23T08:37:04",
    "2026-11-23T08:37:04Zx", "2026-11-23T08:37:04+1:00", "26-11-23T08:37:04Z",
  ])
  func `the zero time and what is no time are nil`(_ text: String) {
    #expect(Timestamp(text) == nil)
  }
}
