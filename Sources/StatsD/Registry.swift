import EventLoop
import Metrics

/// All series that datagrams have made.
///
/// They stay for as long as there is room: a counter that is gone when its next sample comes would hide it, as the first
/// value of a series is no increase; and gunicorn tells the number of its workers only when it changes. Where there is no
/// room for a new series, those go that have been idle for long; else the new one is refused.
final class Registry {
  private let limits: Limits
  private var metrics: [[UInt8]: Metric] = [:]
  /// Every name that is a metric's, see `Metric.claims`.
  private var claims: Set<[UInt8]> = []
  /// The metrics in the order of their names, empty when it has to be made anew.
  private var ordered: [Metric] = []
  /// How many lines of the exposition there are, and about how many bytes they have.
  private(set) var lines = 0
  private var text = 0
  /// No series can have been idle for long enough before.
  private var firstExpiry = Instant(nanoseconds: .min)

  init(limits: Limits = Limits()) { self.limits = limits }

  /// The series of that identity, made if need be.
  func series(_ identity: borrowing Identity, kind: Line.Kind, at now: Instant) throws(Refusal) -> Series {
    if let metric = metrics[identity.name] {
      guard metric.kind == kind else { throw .dropped(.type) }
      if let series = metric.series[identity.labels] {
        series.seen = now
        return series
      }
    }
    return try make(identity.name, identity.labels, kind: kind, at: now)
  }

  private func make(
    _ name: [UInt8], _ labels: [UInt8], kind: Line.Kind, at now: Instant
  ) throws(Refusal) -> Series {
    let count = Series.lines(kind)
    let size = Metric.textSize(name, labels, kind)
    if let metric = metrics[name], metric.lines + count > limits.seriesOfName {
      expire(metric, name, at: now)
      guard metric.lines + count <= limits.seriesOfName else { throw .dropped(.nameSeries) }
    }
    if lines + count > limits.series || text + size > limits.text {
      expire(at: now)
      guard lines + count <= limits.series, text + size <= limits.text else { throw .dropped(.series) }
    }
    let metric: Metric
    if let known = metrics[name] { metric = known } else { metric = try open(name, kind) }
    let series = Series(labels, kind: kind, at: now)
    metric.insert(series)
    lines += count
    text += size
    return series
  }

  private func open(_ name: [UInt8], _ kind: Line.Kind) throws(Refusal) -> Metric {
    let names = Metric.claims(of: name, kind: kind)
    guard claims.isDisjoint(with: names) else { throw .dropped(.type) }
    claims.formUnion(names)
    let metric = Metric(name, kind: kind)
    metrics[name] = metric
    ordered.removeAll()
    return metric
  }

  // MARK: Expiry

  private func expire(at now: Instant) {
    guard now >= firstExpiry else { return }
    for (name, metric) in metrics { expire(metric, name, at: now) }
    firstExpiry = metrics.values.reduce(now + limits.idle) { min($0, $1.firstExpiry) }
  }

  private func expire(_ metric: Metric, _ name: [UInt8], at now: Instant) {
    for series in metric.expire(idle: limits.idle, at: now) {
      lines -= Series.lines(metric.kind)
      text -= Metric.textSize(name, series.key, metric.kind)
    }
    guard metric.series.isEmpty else { return }
    metrics[name] = nil
    claims.subtract(Metric.claims(of: name, kind: metric.kind))
    ordered.removeAll()
  }

  /// A family for each name, in the order of the names.
  func families() -> [Family] {
    if ordered.isEmpty { ordered = metrics.values.sorted { $0.name < $1.name } }
    return ordered.map { $0.family() }
  }
}
