/// What may be kept of what anybody may send.
package struct Limits: Sendable {
  /// Lines of the exposition, of which a histogram has one for each bucket, its sum and its count.
  package var series = 10_000
  /// Those of one name, so that one metric with a user's id for a tag does not take the room of all others.
  package var seriesOfName = 1_000
  /// About how many bytes all of these lines have.
  package var text = 1 << 20
  /// Bytes of a metric's name.
  package var nameLength = 128
  /// Bytes of a series' labels together.
  package var labelsLength = 512
  /// Labels of a series.
  package var labels = 32
  /// How long a series has to be without samples before another may take its place.
  package var idle = Duration.seconds(3600)

  package init() {}
}
