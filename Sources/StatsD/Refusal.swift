/// Why a line did not become a metric.
package enum Refusal: Error, Equatable {
  /// It is not written as StatsD's lines are.
  case malformed
  case dropped(DropReason)
}

/// Why something that was written well was thrown away all the same.
package enum DropReason: String, CaseIterable, Sendable {
  /// An event of DogStatsD's.
  case event
  /// A service check of DogStatsD's.
  case serviceCheck = "service_check"
  /// A set: how many different members there were is a question about a time, and there is no end of it here.
  case set
  /// A counter or a histogram that would go down.
  case negative
  /// The name is that of a metric of another type.
  case type
  /// The name or the labels are too long, or there are too many labels.
  case length
  /// The name has as many series as one may have.
  case nameSeries = "name_series"
  /// There are as many series as may be.
  case series
  /// Added to what was there, it would be more than every number.
  case overflow
  /// The last line of a datagram that is larger than any that UDP has.
  case truncated
  /// A datagram, whatever was in it, that the kernel had no room for.
  case socket
}
