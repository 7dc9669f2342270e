import StatsD
import TestSupport

extension Intake {
  /// The samples without those about the receiving itself.
  var samples: [String] { Page(families()).samples.filter { !$0.hasPrefix("vitals_statsd_") } }

  /// The value of a series.
  func value(_ series: String) -> Double? { Page(families())[series] }

  /// What was dropped, by reason, without the reasons for which nothing was.
  var droppedLines: [String: Int] {
    Dictionary(uniqueKeysWithValues: drops.filter { $0.count > 0 }.map { ($0.reason.rawValue, $0.count) })
  }
}
