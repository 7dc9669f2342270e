import Foundation
import Metrics
import StatsD
import Testing

/// Names that only this service may have, and those that nobody may.
@Suite struct ReservedNameTests {
  @Test func `no family of docs/metrics.md can be touched, but for those that StatsD brings`() throws {
    let page = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "docs/metrics.md")
    let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
    let rows = lines.rows(under: "| name | type | labels | meaning |")
    // A star stands for any ending, none among them.
    let names = rows.compactMap { $0.firstMatch(of: /^\| `(\w+)\*?` \|/)?.1 }
    #expect(names.count == rows.count && names.count > 300)
    for name in names where !name.hasPrefix("gunicorn_") {
      let intake = Intake()
      for type in ["c", "g", "ms", "h"] { intake.take("\(name):1|\(type)") }
      #expect(!intake.samples.isEmpty && intake.samples.allSatisfy { $0.hasPrefix("statsd_\(name)") }, "\(name)")
    }
  }

  // What is left of a counter's name in OpenMetrics must still be a name: nothing is, of `_total`.
  @Test(arguments: [
    ("_total:1|c", "statsd__total 1"), (".total:2|c", "statsd__total 2"), ("-total:3|c", "statsd__total 3"),
    (".:1|c", "__total 1"), ("_:1|c", "__total 1"), ("total:1|c", "total_total 1"), ("__total:1|c", "__total 1"),
    ("_total_total:1|c", "_total_total 1"), ("_created:1|c", "_created_total 1"), ("_info:1|g", "_info 1"),
    ("_seconds:1|g", "_seconds 1"),
  ])
  func `a name that is a suffix only is one in both formats`(line: String, sample: String) {
    let intake = Intake()
    intake.take(line)
    #expect(intake.samples == [sample])
    #expect(intake.page(.openMetrics).contains("\n\(sample)\n"))
    #expect(statsDFuzzProblem(Array(line.utf8)) == nil)
  }

  @Test(arguments: ["_seconds:1|ms", "_total:1|ms", "_bucket:1|h", "_sum:1|h", ".:1|ms", ".:1|h"])
  func `so is that of a histogram`(line: String) {
    let intake = Intake()
    intake.take(line)
    #expect(intake.samples.count == 14)
    #expect(statsDFuzzProblem(Array(line.utf8)) == nil)
  }
}

extension [Substring] {
  /// The rows of all tables with that head.
  fileprivate func rows(under head: String) -> [Substring] {
    var isInside = false
    return filter { line in
      if line == head {
        isInside = true
        return false
      }
      isInside = isInside && line.hasPrefix("|")
      return isInside && !line.hasPrefix("|-")
    }
  }
}
