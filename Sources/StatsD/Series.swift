import EventLoop
import Metrics

/// The numbers of one series, or of one histogram.
final class Series {
  /// Prometheus' client libraries' default, in seconds.
  private static let seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  /// Where the unit is not known, the order of magnitude is what can be told.
  private static let magnitudes = [0.001, 0.01, 0.1, 1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7]

  /// The labels as they are rendered.
  let key: [UInt8]
  let labels: Labels
  /// When the last sample came.
  var seen: Instant

  private let kind: Line.Kind
  private var value = 0.0
  private var distribution: Distribution?
  /// The part of an observation that sampled observations stood for and that is not counted yet: counts are whole.
  private var owed = 0.0

  init(_ key: [UInt8], kind: Line.Kind, at now: Instant) {
    self.key = key
    self.kind = kind
    labels = Labels(rendered: key)
    seen = now
    distribution = Series.bounds(kind).map(Distribution.init)
  }

  /// How many lines of the exposition a series of that kind has.
  static func lines(_ kind: Line.Kind) -> Int { bounds(kind).map { $0.count + 3 } ?? 1 }

  /// The buckets' bounds without +Inf; nil for what is one number.
  private static func bounds(_ kind: Line.Kind) -> [Double]? {
    switch kind {
    case .timing: seconds
    case .histogram: magnitudes
    case .counter, .gauge: nil
    }
  }

  /// Takes one sample.
  ///
  /// - Parameter rate: which share of the samples was sent.
  /// - Returns: false where the numbers would become infinite; nothing is changed then.
  func add(_ sample: Line.Value, rate: Double) -> Bool {
    switch kind {
    case .counter: set(value + sample.number / rate)
    case .gauge: set(sample.isSigned ? value + sample.number : sample.number)
    case .timing: observe(sample.number / 1000, rate: rate)
    case .histogram: observe(sample.number, rate: rate)
    }
  }

  private func set(_ new: Double) -> Bool {
    guard new.isFinite else { return false }
    value = new
    return true
  }

  private func observe(_ sample: Double, rate: Double) -> Bool {
    let times = (owed + 1 / rate).rounded(.down)
    guard let sum = distribution?.sum, (sum + sample * times).isFinite else { return false }
    owed += 1 / rate - times
    distribution?.observe(sample, times: UInt64(times))
    return true
  }

  func add(to family: inout Family) {
    if let distribution { family.add(distribution, labels) } else { family.add(value, labels) }
  }
}
