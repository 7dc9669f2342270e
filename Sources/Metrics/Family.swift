/// The samples of one name with what the formats say about them: type, help text and unit.
///
/// A collector builds its families anew at each refresh, so a series whose subject has gone is gone as well:
///
///     var nodes = Family("swarm_nodes", .gauge, help: "Nodes by role and state.")
///     nodes.add(3, ["role": "manager", "state": "ready"])
package struct Family: Sendable {
  /// The metric's type.
  package enum Kind: Sendable {
    /// Only grows, or starts again at 0. Named `..._total`; one of another exporter that is not is `unknown` in
    /// OpenMetrics, which demands the suffix, so that the series has one name in both formats.
    case counter
    case gauge
    /// Filled by `add(_: Histogram)`.
    case histogram
    /// Text in labels with the value 1. Named `..._info`; a gauge in text 0.0.4, which has no such type.
    case info
    /// `untyped` in text 0.0.4.
    case unknown
  }

  /// The full name of the samples, with `_total` or `_info`.
  package let name: String
  package let kind: Kind
  package let help: String
  /// The base unit (`seconds`, `bytes`), which OpenMetrics states and the name has to end with.
  package let unit: String?
  package internal(set) var samples: [Sample] = []

  /// A family without samples, which is not rendered until it has some.
  package init(_ name: String, _ kind: Kind, help: String, unit: String? = nil) {
    precondition(Name.isMetric(name), "\(name) is no metric name")
    self.name = name
    self.kind = kind
    self.help = help
    self.unit = unit
    precondition(kind != .info || name.hasSuffix("_info") && unit == nil, "\(name) is named or measured unlike an info")
    precondition(unit.map { openMetricsName.hasSuffix("_" + $0) } ?? true, "\(name) does not end with its unit")
  }

  /// Adds one series.
  package mutating func add(_ value: Double, _ labels: Labels = [:]) {
    samples.append(Sample(suffix: .none, labels: labels, value: value))
  }

  /// Adds one series with a whole number.
  package mutating func add(_ value: Int, _ labels: Labels = [:]) { add(Double(value), labels) }

  /// Adds one series with the value 1 or 0.
  package mutating func add(_ value: Bool, _ labels: Labels = [:]) { add(value ? 1 : 0, labels) }

  /// Adds the buckets, the sum and the count of `histogram`.
  package mutating func add(_ histogram: Histogram) {
    add(buckets: zip(histogram.bounds, histogram.counts), sum: histogram.sum, histogram.labels)
  }

  /// Adds the buckets, the sum and the count of `distribution`.
  package mutating func add(_ distribution: Distribution, _ labels: Labels) {
    add(buckets: zip(distribution.bounds + [.infinity], distribution.counts), sum: distribution.sum, labels)
  }

  /// Adds a histogram's series, of which each bucket counts all values up to its bound.
  private mutating func add(buckets: some Sequence<(Double, UInt64)>, sum: Double, _ labels: Labels) {
    precondition(kind == .histogram, "\(name) is no histogram")
    var count: UInt64 = 0
    for (bound, observed) in buckets {
      count &+= observed
      samples.append(Sample(suffix: .bucket(bound), labels: labels, value: Double(count)))
    }
    samples.append(Sample(suffix: .sum, labels: labels, value: sum))
    samples.append(Sample(suffix: .count, labels: labels, value: Double(count)))
  }

  /// The name that OpenMetrics' metadata lines have: without the suffix that belongs to the type.
  var openMetricsName: Substring {
    switch kind {
    case .counter where name.hasSuffix("_total"): name.dropLast("_total".count)
    case .info: name.dropLast("_info".count)
    default: name[...]
    }
  }

  /// Puts the samples into their order and removes those whose series is there already, which the result names.
  mutating func normalize() -> [String] {
    let isSorted = zip(samples, samples.dropFirst()).allSatisfy(Sample.precedes)
    if isSorted { return [] }
    samples.sort(by: Sample.precedes)
    var refused: [String] = []
    var kept: [Sample] = []
    kept.reserveCapacity(samples.count)
    for sample in samples {
      if let last = kept.last, last.isSameSeries(as: sample) {
        let labels = String(decoding: sample.labels.text, as: UTF8.self)
        refused.append(labels.isEmpty ? name : "\(name){\(labels)}")
      } else {
        kept.append(sample)
      }
    }
    samples = kept
    return refused
  }
}

extension [Family] {
  /// The values of a family's series together; 0 where there are none.
  package func sum(_ name: String) -> Double {
    reduce(0) { $1.name == name ? $1.samples.reduce($0) { $0 + $1.value } : $0 }
  }
}
