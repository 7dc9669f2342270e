/// A number of our own process that goes up and down.
///
/// Used on the event loop's thread alone.
package final class Gauge {
  let labels: Labels
  package var value = 0.0

  /// A gauge at 0.
  package init(_ labels: Labels = [:]) { self.labels = labels }

  /// Adds one.
  package func increment() { value += 1 }

  /// Takes one away.
  package func decrement() { value -= 1 }
}
