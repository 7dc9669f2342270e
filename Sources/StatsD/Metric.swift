import EventLoop
import Metrics

/// The series of one name.
final class Metric {
  let name: String
  let kind: Line.Kind
  private(set) var series: [[UInt8]: Series] = [:]

  /// The series in the order of their labels, as far as they have been brought into it.
  private var ordered: [Series] = []
  /// No series can have been idle for long enough before.
  private(set) var firstExpiry = Instant(nanoseconds: .min)

  init(_ name: [UInt8], kind: Line.Kind) {
    self.name = String(decoding: name, as: UTF8.self)
    self.kind = kind
  }

  /// How many lines of the exposition the series have.
  var lines: Int { series.count * Series.lines(kind) }

  /// The names that no other metric may have: those of its own samples and, as a counter's metadata in OpenMetrics have
  /// another name than its samples, that name and what belongs to it.
  static func claims(of name: [UInt8], kind: Line.Kind) -> [[UInt8]] {
    switch kind {
    case .counter:
      let base = Array(name.dropLast("_total".utf8.count))
      return [base, name, base + "_created".utf8]
    case .gauge: return [name]
    case .timing, .histogram: return [name] + ["_bucket", "_sum", "_count", "_created"].map { name + $0.utf8 }
    }
  }

  /// About how many bytes a series with such labels takes in the exposition.
  static func textSize(_ name: [UInt8], _ labels: [UInt8], _ kind: Line.Kind) -> Int {
    Series.lines(kind) * (name.count + labels.count + 32)
  }

  func insert(_ new: Series) {
    series[new.key] = new
    ordered.removeAll()
  }

  /// Removes the series that have had no sample for `idle`.
  ///
  /// - Returns: the removed ones.
  func expire(idle: Duration, at now: Instant) -> [Series] {
    guard now >= firstExpiry else { return [] }
    let old = series.values.filter { now - $0.seen >= idle }
    for each in old { series[each.key] = nil }
    if !old.isEmpty { ordered.removeAll() }
    // Those to come are not older than now.
    firstExpiry = series.values.reduce(now) { min($0, $1.seen) } + idle
    return old
  }

  func family() -> Family {
    if ordered.isEmpty { ordered = series.values.sorted { $0.key.lexicographicallyPrecedes($1.key) } }
    var family: Family
    switch kind {
    case .counter: family = Family(name, .counter, help: help ?? "A counter that StatsD brought.")
    case .gauge: family = Family(name, .gauge, help: help ?? "A gauge that StatsD brought.")
    case .timing:
      family = Family(name, .histogram, help: help ?? "Times that StatsD brought.", unit: "seconds")
    case .histogram:
      family = Family(name, .histogram, help: help ?? "Values that StatsD brought, of a unit of their own.")
    }
    for each in ordered { each.add(to: &family) }
    return family
  }

  /// What is known of gunicorn's metrics.
  private var help: String? {
    switch name {
    case "gunicorn_requests_total": "Requests that gunicorn answered."
    case "gunicorn_request_status_total": "Requests that gunicorn answered, by status code."
    case "gunicorn_request_duration_seconds": "Time that gunicorn took to answer a request."
    case "gunicorn_workers": "Worker processes of gunicorn."
    case "gunicorn_log_total": "Messages that gunicorn logged, by level, from warning on."
    default: nil
    }
  }
}
