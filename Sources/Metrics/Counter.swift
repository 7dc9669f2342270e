/// A number of our own process that only grows.
///
/// Used on the event loop's thread alone, hence without lock or atomic.
package final class Counter {
  let labels: Labels
  package private(set) var value = 0.0

  /// A counter at 0; made for each known set of labels at the start, so that no series appears late.
  package init(_ labels: Labels = [:]) { self.labels = labels }

  /// Counts one.
  package func increment() { value += 1 }

  /// Counts `amount`, which is not negative.
  package func increment(by amount: Double) { value += amount }
}
