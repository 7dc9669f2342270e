/// How often values fell into each of a few ranges: a histogram as a value, for what others have measured.
package struct Distribution: Equatable, Sendable {
  /// Inclusive upper bounds, ascending; that of the last range, +Inf, is not among them.
  package let bounds: [Double]
  /// The values in each range, not cumulative: one more than there are bounds.
  package private(set) var counts: [UInt64]
  /// All values added up.
  package private(set) var sum = 0.0

  /// A distribution of no values.
  ///
  /// - Parameter bounds: finite upper bounds in ascending order.
  package init(bounds: [Double]) {
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "bounds do not ascend")
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  /// Counts a number, as if it had been observed so often.
  package mutating func observe(_ value: Double, times: UInt64 = 1) {
    // At the rate of a flood of sampled values, a count is full in years, and then begins again.
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] &+= times
    sum += value * Double(times)
  }

  /// Adds the values of another distribution with the same bounds.
  package static func += (into: inout Distribution, other: Distribution) {
    precondition(into.bounds == other.bounds, "distributions over different ranges")
    for index in into.counts.indices { into.counts[index] += other.counts[index] }
    into.sum += other.sum
  }
}
