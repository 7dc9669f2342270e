/// How often values of our own process fell into each of a few ranges.
///
/// Used on the event loop's thread alone, hence without lock or atomic.
package final class Histogram {
  let labels: Labels
  /// Inclusive upper bounds, ascending, the last of them +Inf.
  let bounds: [Double]
  // In memory of their own: a class's stored property costs a dynamic exclusivity check, several times the addition.
  private let cells: UnsafeMutableBufferPointer<UInt64>
  private let total: UnsafeMutablePointer<Double>

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
    cells = .allocate(capacity: bounds.count + 1)
    cells.initialize(repeating: 0)
    total = .allocate(capacity: 1)
    total.initialize(to: 0)
  }

  deinit {
    cells.deallocate()
    total.deallocate()
  }

  /// The observations of each bucket, not cumulative.
  package var counts: [UInt64] { Array(cells) }

  /// All observed values added up.
  package var sum: Double { total.pointee }

  /// Counts `value` in the first bucket whose bound is not below it, NaN in that of +Inf.
  package func observe(_ value: Double) {
    // A linear search: most values fall into the first few of about ten buckets.
    var index = 0
    while index < bounds.count - 1, !(value <= bounds[index]) { index += 1 }
    cells[index] += 1
    total.pointee += value
  }
}
