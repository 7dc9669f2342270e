package import EventLoop

/// How a check came to be where it is: the last hour by the minute, and the last runs.
///
/// It is for people to look at, and no verdict depends on it. It takes the same memory, however often the check runs.
package struct History: Sendable {
  /// One of the hour's minutes, as the monotonic clock counts them.
  package struct Minute: Hashable, Sendable {
    /// The worst status that held at any time in it, also where no run ended in it.
    package fileprivate(set) var status: Status
    /// Runs that succeeded in it.
    package fileprivate(set) var successes: UInt32 = 0
    /// Runs that failed in it.
    package fileprivate(set) var failures: UInt32 = 0
    private var total: UInt64 = 0
    private var maximum: UInt32 = 0

    fileprivate init(_ status: Status) { self.status = status }

    /// How long the runs that succeeded took on average; nil where none did.
    package var mean: Duration? { successes == 0 ? nil : .microseconds(total / UInt64(successes)) }

    /// How long the slowest of the runs that succeeded took; nil where none did.
    package var slowest: Duration? { successes == 0 ? nil : .microseconds(maximum) }

    fileprivate mutating func add(_ microseconds: UInt32?) {
      guard let microseconds else { return failures += 1 }
      successes += 1
      total += UInt64(microseconds)
      maximum = max(maximum, microseconds)
    }
  }

  /// The minutes that are kept.
  package static let minuteCount = 60
  /// The runs that are kept.
  package static let runCount = 100

  private let stalenessBound: Duration
  /// By the number of the minute, modulo their count; what is not of the last hour is overwritten before it is read.
  private var ring: [Minute?] = Array(repeating: nil, count: minuteCount)
  /// In microseconds, nil for a failure; a ring as soon as it is full.
  private var durations: [UInt32?] = []
  private var oldest = 0
  private var last: (instant: Instant, status: Status)?

  /// - Parameter stalenessBound: the age at which a result fails.
  init(stalenessBound: Duration) { self.stalenessBound = stalenessBound }

  /// Takes in the result of one run.
  ///
  /// - Parameters:
  ///   - status: what the check's status is from now on.
  ///   - duration: how long the run took; nil where it failed.
  ///   - now: when it ended.
  mutating func record(_ status: Status, took duration: Duration?, at now: Instant) {
    advance(to: now)
    let microseconds = duration.map { UInt32(clamping: $0.nanoseconds / 1000) }
    let place = History.place(History.number(now))
    var minute = last == nil ? Minute(status) : ring[place] ?? Minute(status)
    minute.status = minute.status.worse(status)
    minute.add(microseconds)
    ring[place] = minute
    last = (now, status)
    if durations.count < History.runCount {
      durations.append(microseconds)
    } else {
      durations[oldest] = microseconds
      oldest = (oldest + 1) % History.runCount
    }
  }

  /// The last hour, the oldest minute first, the present one last; nil for those before the first result.
  package func minutes(at now: Instant) -> [Minute?] {
    var history = self
    history.advance(to: now)
    let newest = History.number(now)
    return (newest - Int64(History.minuteCount) + 1...newest).map { history.ring[History.place($0)] }
  }

  /// How long each of the last runs took, the oldest first; nil for one that failed.
  package var runs: [Duration?] {
    (durations[oldest...] + durations[..<oldest]).map { $0.map { .microseconds($0) } }
  }

  /// Fills in what became of the time since the last result: its status held on, until it was too old.
  private mutating func advance(to now: Instant) {
    let newest = History.number(now)
    guard let last else { return }
    let first = History.number(last.instant)
    let stale = last.instant + stalenessBound
    for number in max(first, newest - Int64(History.minuteCount) + 1)...max(first, newest) {
      let place = History.place(number)
      var minute = number == first ? ring[place] ?? Minute(last.status) : Minute(last.status)
      if min(now, History.start(number + 1)) > stale { minute.status = .fail }
      ring[place] = minute
    }
  }

  private static let nanoseconds: Int64 = 60_000_000_000

  private static func number(_ time: Instant) -> Int64 { time.nanoseconds / nanoseconds }

  private static func start(_ number: Int64) -> Instant { Instant(nanoseconds: number * nanoseconds) }

  private static func place(_ number: Int64) -> Int {
    let count = Int64(minuteCount)
    return Int(((number % count) + count) % count)
  }
}
