/// How often values of our own process fell into each of a few ranges.
///
/// Used on the event loop's thread alone.
package final class Histogram {
  let labels: Labels
  /// Inclusive upper bounds, ascending, the last of them +Inf.
  let bounds: [Double]
  /// The observations of each bucket, not cumulative.
  package private(set) var counts: [UInt64]
  package private(set) var sum = 0.0

  /// A histogram without observations.
  ///
  /// - Parameters:
  ///   - bounds: finite upper bounds in ascending order, in the family's base unit.
  ///   - labels: the labels of all of its series.
  package init(bounds: [Double], _ labels: Labels = [:]) {
    precondition(bounds.allSatisfy(\.isFinite), "+Inf is implied")
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "bounds do not ascend")
    self.labels = labels
    self.bounds = bounds + [.infinity]
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  /// Counts `value` in the first bucket whose bound is not below it, NaN in that of +Inf.
  package func observe(_ value: Double) {
    // A linear search: most values fall into the first few of about ten buckets.
    var index = 0
    while index < bounds.count - 1, !(value <= bounds[index]) { index += 1 }
    counts[index] += 1
    sum += value
  }
}
