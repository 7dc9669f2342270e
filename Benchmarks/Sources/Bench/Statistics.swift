extension Collection where Element == Double {
  /// The middle value, or the mean of the two in the middle; NaN of nothing.
  var median: Double {
    let sorted = self.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  /// The smallest value that at least `fraction` of the values do not exceed; NaN of nothing.
  func percentile(_ fraction: Double) -> Double {
    let sorted = self.sorted()
    guard !sorted.isEmpty else { return .nan }
    let rank = (fraction * Double(sorted.count)).rounded(.up)
    return sorted[Swift.max(0, Swift.min(sorted.count, Int(rank)) - 1)]
  }
}
