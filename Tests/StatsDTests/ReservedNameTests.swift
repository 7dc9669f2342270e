import Metrics
import StatsD
import Testing

/// Names that nobody may have but this service, or nobody at all.
@Suite struct ReservedNameTests {
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
