import Glibc

/// One number of a family: what stands on one line of the exposition.
package struct Sample: Sendable {
  /// What a sample's name has after its family's.
  package enum Suffix: Equatable, Sendable {
    /// Nothing: every sample that is no part of a histogram.
    case none
    /// `_bucket`, with the label `le` for this inclusive upper bound. The counts are cumulative.
    case bucket(Double)
    /// `_sum`: all observed values added up.
    case sum
    /// `_count`: the number of observed values, equal to the bucket of `+Inf`.
    case count
  }

  package var suffix: Suffix
  package var labels: Labels
  package var value: Double

  /// Whether both are the same series, whatever their values.
  func isSameSeries(as other: Sample) -> Bool { suffix == other.suffix && labels == other.labels }

  /// The order of a family's lines: by labels, then a histogram's buckets upwards, its sum and its count.
  static func precedes(_ a: Sample, _ b: Sample) -> Bool {
    let order = compare(a.labels.text, b.labels.text)
    return order == 0 ? a.suffix.rank < b.suffix.rank : order < 0
  }

  private static func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
    let order = a.withUnsafeBytes { first in
      b.withUnsafeBytes { second in
        guard let first = first.baseAddress, let second = second.baseAddress else { return Int32(0) }
        return memcmp(first, second, min(a.count, b.count))
      }
    }
    return order == 0 ? a.count - b.count : Int(order)
  }
}

extension Sample.Suffix {
  /// What the name of the sample has after the family's.
  var name: StaticString {
    switch self {
    case .none: ""
    case .bucket: "_bucket"
    case .sum: "_sum"
    case .count: "_count"
    }
  }

  /// Where the sample stands among those with the same labels.
  fileprivate var rank: (Int, Double) {
    switch self {
    case .none: (0, 0)
    case .bucket(let bound): (1, bound)
    case .sum: (2, 0)
    case .count: (3, 0)
    }
  }
}
