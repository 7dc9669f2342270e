import Foundation

/// Seconds on the monotonic clock.
func monotonicSeconds() -> Double { seconds(CLOCK_MONOTONIC) }

/// Seconds since 1970, as the timestamps in `/metrics` are.
func wallSeconds() -> Double { seconds(CLOCK_REALTIME) }

private func seconds(_ clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func sleep(seconds: Double) {
  guard seconds > 0 else { return }
  usleep(UInt32(seconds * 1e6))
}

/// Asks until the answer is yes: for what cannot be awaited.
///
/// - Throws: ``Failure`` when `limit` seconds have passed, naming what was waited for.
func poll(for what: String, limit: Double = 30, every interval: Double = 0.01, _ condition: () throws -> Bool) throws {
  let deadline = monotonicSeconds() + limit
  while try !condition() {
    guard monotonicSeconds() < deadline else { throw Failure("waited \(Int(limit)) s in vain for \(what)") }
    sleep(seconds: interval)
  }
}
