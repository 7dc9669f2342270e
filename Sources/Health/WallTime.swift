/// A point of civil time, in milliseconds, for people to read; no decision depends on it.
package struct WallTime: Hashable, Comparable, Sendable {
  /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
  package var milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Seconds since then, as metrics give times.
  package var seconds: Double { Double(milliseconds) / 1000 }

  package static func < (a: WallTime, b: WallTime) -> Bool { a.milliseconds < b.milliseconds }

  package static func + (time: WallTime, duration: Duration) -> WallTime {
    let (seconds, attoseconds) = duration.components
    return WallTime(milliseconds: time.milliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000)
  }

  /// Appends the time as RFC 3339 has it, in UTC: `2026-01-17T03:36:48.120Z`, 24 bytes.
  ///
  /// Times outside the years 0 to 9999, which RFC 3339 cannot write, become the nearest it can.
  package func write(into out: inout [UInt8]) {
    let (first, last): (Int64, Int64) = (-62_167_219_200_000, 253_402_300_799_999)
    let time = min(max(milliseconds, first), last)
    let sinceYear0 = time - first
    let (year, month, day) = WallTime.date(sinceYear0 / 86_400_000)
    let rest = sinceYear0 % 86_400_000
    out.append(digits: year, 4)
    out.append(UInt8(ascii: "-"))
    out.append(digits: month, 2)
    out.append(UInt8(ascii: "-"))
    out.append(digits: day, 2)
    out.append(UInt8(ascii: "T"))
    out.append(digits: rest / 3_600_000, 2)
    out.append(UInt8(ascii: ":"))
    out.append(digits: rest / 60_000 % 60, 2)
    out.append(UInt8(ascii: ":"))
    out.append(digits: rest / 1000 % 60, 2)
    out.append(UInt8(ascii: "."))
    out.append(digits: rest % 1000, 3)
    out.append(UInt8(ascii: "Z"))
  }

  /// The date that many days after 0000-01-01, in the Gregorian calendar.
  private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    // Counted in years that begin in March, so that a leap day is the last of its year, and from 400 years before year
    // 0, so that January and February of year 0 are not negative. The first day of year 0 is 60 days before its March.
    var rest = days - 60 + daysIn400Years
    var year = rest / daysIn400Years * 400 - 400
    rest %= daysIn400Years
    // The last of four centuries, and of four years, is the one with a day more.
    let centuries = min(rest / daysIn100Years, 3)
    rest -= centuries * daysIn100Years
    let leapCycles = rest / daysIn4Years
    rest %= daysIn4Years
    let years = min(rest / 365, 3)
    rest -= years * 365
    year += centuries * 100 + leapCycles * 4 + years
    var month: Int64 = 3
    while rest >= length(ofMonth: month) {
      rest -= length(ofMonth: month)
      month += 1
    }
    return month > 12 ? (year + 1, month - 12, rest + 1) : (year, month, rest + 1)
  }

  /// The days of a month from March (3) to February (14), which as the last of its year is as long as it takes.
  private static func length(ofMonth month: Int64) -> Int64 {
    switch month {
    case 4, 6, 9, 11: 30
    case 14: 29
    default: 31
    }
  }

  private static let daysIn4Years: Int64 = 1461
  private static let daysIn100Years: Int64 = 36_524
  private static let daysIn400Years: Int64 = 146_097
}
