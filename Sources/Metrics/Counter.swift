/// A number of our own process that only grows.
///
/// Used on the event loop's thread alone, hence without lock or atomic.
package final class Counter {
  let labels: Labels
  // In memory of its own: a class's stored property costs a dynamic exclusivity check, several times the addition.
  private let cell: UnsafeMutablePointer<Double>

  /// A counter at 0; made for each known set of labels at the start, so that no series appears late.
  package init(_ labels: Labels = [:]) {
    self.labels = labels
    cell = .allocate(capacity: 1)
    cell.initialize(to: 0)
  }

  deinit { cell.deallocate() }

  /// What was counted so far.
  package var value: Double { cell.pointee }

  /// Counts one.
  package func increment() { cell.pointee += 1 }

  /// Counts `amount`, which is not negative.
  package func increment(by amount: Double) { cell.pointee += amount }
}
