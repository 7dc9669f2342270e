import EventLoop
import Health

/// The moment that a page shows, and how other times look from there.
struct Moment {
  let wall: WallTime

  /// `4 s ago`, with the time itself for machines and for the pointer.
  func ago(_ time: WallTime) -> HTML {
    let age = age(time)
    return element(time, age < .seconds(1) ? "just now" : "\(text: Moment.text(age)) ago")
  }

  /// `4 s`: for how long something has been so.
  func elapsed(since time: WallTime) -> HTML { element(time, "\(text: Moment.text(age(time)))") }

  /// The time of day, in UTC.
  func clock(_ time: WallTime) -> HTML {
    let text = Moment.text(time)
    return element(time, "\(text: String(text.dropFirst(11).prefix(8))) UTC")
  }

  /// How long ago `time` was; zero where the clock that it was read from runs ahead of ours.
  func age(_ time: WallTime) -> Duration { .milliseconds(max(0, wall.milliseconds - time.milliseconds)) }

  private func element(_ time: WallTime, _ content: HTML) -> HTML {
    let text = Moment.text(time)
    return "<time datetime=\"\(text: text)\" title=\"\(text: text)\">\(content)</time>"
  }

  private static func text(_ time: WallTime) -> String {
    var bytes: [UInt8] = []
    time.write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A duration in its two largest units: `4 s`, `3 min`, `2 h 10 min`, `5 d 3 h`; a number stays with its unit.
  static func text(_ duration: Duration) -> String {
    let seconds = max(0, duration.nanoseconds / 1_000_000_000)
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
    if seconds < 60 { return "\(seconds)\u{A0}s" }
    if minutes < 60 { return "\(minutes)\u{A0}min" }
    if hours < 24 { return minutes % 60 == 0 ? "\(hours)\u{A0}h" : "\(hours)\u{A0}h \(minutes % 60)\u{A0}min" }
    return hours % 24 == 0 || days > 30 ? "\(days)\u{A0}d" : "\(days)\u{A0}d \(hours % 24)\u{A0}h"
  }
}

/// How long a run took, to as many digits as somebody reads: `0.26 ms`, `1.8 ms`, `12 ms`, `1.4 s`.
func latency(_ duration: Duration) -> String {
  let microseconds = max(0, duration.nanoseconds / 1000)
  switch microseconds {
  case ..<995: return "\(fixed(microseconds, 1000, digits: 2))\u{A0}ms"
  case ..<9950: return "\(fixed(microseconds, 1000, digits: 1))\u{A0}ms"
  case ..<999_500: return "\((microseconds + 500) / 1000)\u{A0}ms"
  default: return "\(fixed(microseconds, 1_000_000, digits: 1))\u{A0}s"
  }
}

/// `value / unit`, rounded to one or two decimals.
private func fixed(_ value: Int64, _ unit: Int64, digits: Int) -> String {
  let scale: Int64 = digits == 1 ? 10 : 100
  let scaled = (value * scale + unit / 2) / unit
  let fraction = String(scaled % scale)
  return "\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
}
