import Foundation

/// Waits until `condition` holds: asks it at short intervals until it returns true or the time is up.
///
/// The last error that `condition` threw becomes part of the error thrown here, so a test that waits in vain says why.
func eventually(
  within limit: Duration = .seconds(10), every interval: Duration = .milliseconds(10), _ what: String = "condition",
  _ condition: () throws -> Bool
) throws {
  let _: Bool = try eventually(within: limit, every: interval, what) { try condition() ? true : nil }
}

/// Waits until `value` returns something and returns that.
func eventually<Value>(
  within limit: Duration = .seconds(10), every interval: Duration = .milliseconds(10), _ what: String = "value",
  _ value: () throws -> Value?
) throws -> Value {
  let deadline = ContinuousClock.now + limit
  var reason = ""
  while true {
    do {
      if let value = try value() { return value }
      reason = ""
    } catch {
      reason = ": \(error)"
      if let error = error as? TestbedError, error.isFinal { throw TestbedError.final("\(what)\(reason)") }
    }
    if ContinuousClock.now >= deadline { throw TestbedError("\(what): not within \(limit)\(reason)") }
    Thread.sleep(forTimeInterval: interval.seconds)
  }
}

extension Duration {
  /// The duration in seconds, for the interfaces that want a floating-point number.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
