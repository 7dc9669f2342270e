/// A number of our own process that goes up and down.
///
/// Used on the event loop's thread alone, hence without lock or atomic.
package final class Gauge {
  let labels: Labels
  // In memory of its own, as a counter's.
  private let cell: UnsafeMutablePointer<Double>

  /// A gauge at 0.
  package init(_ labels: Labels = [:]) {
    self.labels = labels
    cell = .allocate(capacity: 1)
    cell.initialize(to: 0)
  }

  deinit { cell.deallocate() }

  /// The present value.
  package var value: Double {
    get { cell.pointee }
    set { cell.pointee = newValue }
  }

  /// Adds one.
  package func increment() { cell.pointee += 1 }

  /// Takes one away.
  package func decrement() { cell.pointee -= 1 }
}
