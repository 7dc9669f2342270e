import Foundation

/// A value behind a lock, and threads that wait until it changes.
final class Monitor<Value>: @unchecked Sendable {
  private var value: Value
  private let condition = NSCondition()

  init(_ value: Value) {
    self.value = value
  }

  /// Reads or changes the value and wakes whoever waits for it.
  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    return try body(&value)
  }

  /// Blocks the calling thread until `body` finds what it looks for; nil when the time is up.
  func wait<Result>(within limit: Duration, for body: (inout Value) -> Result?) -> Result? {
    let deadline = Date(timeIntervalSinceNow: limit.seconds)
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result = body(&value) { return result }
      if !condition.wait(until: deadline) { return body(&value) }
    }
  }
}
