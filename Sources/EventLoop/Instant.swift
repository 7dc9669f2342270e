/// A point on the monotonic clock (CLOCK_MONOTONIC), in nanoseconds.
///
/// Every deadline in the project is one. It is eight bytes and compares with one instruction, which
/// `ContinuousClock.Instant` (sixteen bytes of attoseconds) does not, and it is passed in wherever a decision
/// depends on time, so that tests choose the time.
public struct Instant: Comparable, Hashable, Sendable {
  /// Nanoseconds since an arbitrary start, the machine's boot on Linux.
  public var nanoseconds: Int64

  /// The point `nanoseconds` after the clock's start.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Later than every reachable time: a wait with this deadline has none.
  public static let distantFuture = Instant(nanoseconds: .max)

  /// Orders by time.
  public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

  /// The point `duration` later, or `distantFuture` where that is out of range.
  public static func + (start: Instant, duration: Duration) -> Instant {
    let (sum, overflow) = start.nanoseconds.addingReportingOverflow(duration.nanoseconds)
    return overflow ? .distantFuture : Instant(nanoseconds: sum)
  }

  /// The point so many nanoseconds later.
  ///
  /// For where a deadline is set at every request: a `Duration` counts attoseconds in 128 bits, which takes longer.
  package func advanced(byNanoseconds nanoseconds: Int64) -> Instant {
    Instant(nanoseconds: self.nanoseconds &+ nanoseconds)
  }

  /// The seconds since `start`.
  package func seconds(since start: Instant) -> Double { Double(nanoseconds &- start.nanoseconds) / 1e9 }

  /// The time from `start` to `end`, negative where `end` comes first.
  public static func - (end: Instant, start: Instant) -> Duration {
    .nanoseconds(end.nanoseconds &- start.nanoseconds)
  }
}

extension Duration {
  /// The whole nanoseconds of this duration, saturated to what 64 bits hold (292 years).
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? (seconds < 0 ? .min : .max) : whole &+ attoseconds / 1_000_000_000
  }

  /// This duration in seconds, as metrics and JSON give it.
  public var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
