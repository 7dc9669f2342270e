import Foundation
import Health
import Testing

@Suite struct WallTimeTests {
  private func text(_ milliseconds: Int64) -> String {
    var bytes: [UInt8] = []
    WallTime(milliseconds: milliseconds).write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (951_868_800_000, "2000-03-01T00:00:00.000Z"),
      (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
      (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
      (1_768_621_008_120, "2026-01-17T03:36:48.120Z"),
      (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
      (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
      (-62_162_035_200_001, "0000-02-29T23:59:59.999Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
      (.min, "0000-01-01T00:00:00.000Z"),
      (.max, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func `a time is written so`(milliseconds: Int64, expected: String) {
    #expect(text(milliseconds) == expected)
  }

  @Test func `every day of eight centuries is Foundation's`() throws {
    // Foundation goes back to the Julian calendar before 1582.
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    let day: Int64 = 86_400_000
    for index in stride(from: -140_000 as Int64, to: 150_000, by: 1) {
      let milliseconds = index * day + 43_200_000
      let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
      try #require(text(milliseconds) == formatter.string(from: date))
    }
  }

  @Test func `durations add up`() {
    #expect(WallTime(milliseconds: 1000) + .milliseconds(2345) == WallTime(milliseconds: 3345))
    #expect(WallTime(milliseconds: 1000) + .seconds(-2) == WallTime(milliseconds: -1000))
    #expect(WallTime(milliseconds: 1) < WallTime(milliseconds: 2))
  }
}
