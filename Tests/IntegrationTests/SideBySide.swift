import Foundation

/// The pages of this service and of another exporter that watches the same server.
struct SideBySide {
  /// Of a refresh before the other exporter was asked, and of one that began after it had answered.
  let before: MetricsPage
  let after: MetricsPage
  let theirs: MetricsPage

  /// - Parameter collector: the one of this service that watches the server.
  init(_ vitals: VitalsProcess, collector: String, _ exporter: PeerExporter) throws {
    before = try vitals.page()
    theirs = try exporter.page()
    after = try vitals.nextPage(of: collector)
  }

  /// The families with these beginnings that only the other exporter has.
  ///
  /// One whose values are all NaN is SQL's NULL, which this service leaves out.
  func leftOut() -> Set<String> {
    let names = theirs.families.keys.filter { name in
      let samples = theirs.samples(of: name)
      return samples.isEmpty || !samples.values.allSatisfy(\.isNaN)
    }
    return Set(names).subtracting(after.families.keys)
  }

  /// Where families that both have differ.
  ///
  /// - Parameters:
  ///   - prefix: what the families' names begin with.
  ///   - tolerances: by how much a value may be off that of the refresh before or after; of all others it is between the
  ///     two, and so equal where nothing happens.
  ///   - ignored: labels that are not compared, by the beginning of the family's name.
  func differences(
    prefix: String, tolerances: [String: Tolerance] = [:], ignoring ignored: [String: String] = [:]
  ) -> [String] {
    var differences: [String] = []
    for (name, family) in theirs.families where name.hasPrefix(prefix) {
      guard let own = after.families[name] else { continue }
      if own.type != family.type { differences.append("\(name) is a \(own.type), not a \(family.type)") }
      if own.labels != family.labels {
        differences.append("\(name) has the labels \(own.labels.sorted()), not \(family.labels.sorted())")
      }
      let label = ignored.first { name.hasPrefix($0.key) }?.value
      let (before, after, theirs) = (
        series(of: name, in: before, without: label), series(of: name, in: after, without: label),
        series(of: name, in: theirs, without: label)
      )
      for series in Set(before.keys).intersection(after.keys).union(theirs.keys) {
        let tolerance = tolerances[name] ?? Tolerance()
        guard let value = theirs[series], let after = after[series] else {
          let mine = after[series].map { "\($0)" } ?? "absent"
          differences.append("\(series) is \(mine), not \(theirs[series].map { "\($0)" } ?? "absent")")
          continue
        }
        let before = before[series] ?? after
        if !tolerance.allows(value, between: before, and: after) {
          differences.append("\(series) is \(before) and then \(after), not \(value)")
        }
      }
    }
    return differences.sorted()
  }

  private func series(
    of name: String, in page: MetricsPage, without label: String?
  ) -> [MetricsPage.Series: Double] {
    var series: [MetricsPage.Series: Double] = [:]
    for (sample, value) in page.samples(of: name) where !value.isNaN {
      series[MetricsPage.Series(name, sample.labels.filter { $0.key != label })] = value
    }
    return series
  }

  /// By how much a value may be off.
  struct Tolerance {
    var absolute = 0.0
    var relative = 1e-9

    func allows(_ value: Double, between one: Double, and other: Double) -> Bool {
      let slack = absolute + relative * max(abs(one), abs(other))
      return (min(one, other) - slack...max(one, other) + slack).contains(value)
    }
  }
}

/// The tables of docs/compatibility.md.
enum Compatibility {
  /// The names in the first column of a table: full ones, or beginnings that end with `*`.
  static func names(under head: String) throws -> [String] {
    let names = try Document("docs/compatibility.md").table(under: head).flatMap { row in
      row[0].split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
        .map { String($0.element) }
    }
    guard !names.isEmpty else { throw TestbedError("docs/compatibility.md has no table \(head)") }
    return names
  }

  static func matches(_ pattern: String, _ name: String) -> Bool {
    pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
  }
}
