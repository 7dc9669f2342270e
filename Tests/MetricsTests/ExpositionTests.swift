import Metrics
import Testing

@Suite struct ExpositionTests {
  @Test func `text 0.0.4, line by line`() {
    #expect(
      page(sampler(), as: .text) == #"""
        # HELP http_request_duration_seconds Time to the last byte.
        # TYPE http_request_duration_seconds histogram
        http_request_duration_seconds_bucket{handler="/health/",le="0.001"} 1
        http_request_duration_seconds_bucket{handler="/health/",le="1.0"} 3
        http_request_duration_seconds_bucket{handler="/health/",le="2.5e+06"} 4
        http_request_duration_seconds_bucket{handler="/health/",le="+Inf"} 5
        http_request_duration_seconds_sum{handler="/health/"} 9000000003.751
        http_request_duration_seconds_count{handler="/health/"} 5
        # HELP http_requests_total Requests, by "code" and\\or method.
        # TYPE http_requests_total counter
        http_requests_total{code="200"} 42
        # HELP load 
        # TYPE load untyped
        load 0.25
        # HELP pg_stat_database_xact_commit Commits.\nSince the reset.
        # TYPE pg_stat_database_xact_commit counter
        pg_stat_database_xact_commit{datname="a\"b\\c\nd"} 7
        # HELP swarm_nodes Nodes by role and state.
        # TYPE swarm_nodes gauge
        swarm_nodes{role="manager",state="ready"} 1
        swarm_nodes{role="worker",state="ready"} 3
        # HELP vitals_build_info The build.
        # TYPE vitals_build_info gauge
        vitals_build_info{version="0.1.0"} 1

        """#)
  }

  @Test func `OpenMetrics 1.0, line by line`() {
    #expect(
      page(sampler(), as: .openMetrics) == #"""
        # TYPE http_request_duration_seconds histogram
        # UNIT http_request_duration_seconds seconds
        # HELP http_request_duration_seconds Time to the last byte.
        http_request_duration_seconds_bucket{handler="/health/",le="0.001"} 1
        http_request_duration_seconds_bucket{handler="/health/",le="1.0"} 3
        http_request_duration_seconds_bucket{handler="/health/",le="2.5e+06"} 4
        http_request_duration_seconds_bucket{handler="/health/",le="+Inf"} 5
        http_request_duration_seconds_sum{handler="/health/"} 9000000003.751
        http_request_duration_seconds_count{handler="/health/"} 5
        # TYPE http_requests counter
        # HELP http_requests Requests, by \"code\" and\\or method.
        http_requests_total{code="200"} 42
        # TYPE load unknown
        # HELP load 
        load 0.25
        # TYPE pg_stat_database_xact_commit unknown
        # HELP pg_stat_database_xact_commit Commits.\nSince the reset.
        pg_stat_database_xact_commit{datname="a\"b\\c\nd"} 7
        # TYPE swarm_nodes gauge
        # HELP swarm_nodes Nodes by role and state.
        swarm_nodes{role="manager",state="ready"} 1
        swarm_nodes{role="worker",state="ready"} 3
        # TYPE vitals_build info
        # HELP vitals_build The build.
        vitals_build_info{version="0.1.0"} 1
        # EOF

        """#)
  }

  @Test func `a series has the same name and labels in both formats`() {
    func series(_ format: Format) -> [Substring] {
      page(sampler(), as: format).split(separator: "\n").filter { !$0.hasPrefix("#") }
    }
    #expect(series(.text) == series(.openMetrics))
  }

  @Test(arguments: [
    (0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (1e6, "1000000"), (0x1p53, "9007199254740992"),
    (-0x1p53, "-9007199254740992"), (1e16, "1e+16"), (1.7e308, "1.7e+308"), (0.1, "0.1"),
    (0.1 + 0.2, "0.30000000000000004"),
    (1e-5, "1e-05"), (.leastNonzeroMagnitude, "5e-324"), (1_768_620_000.25, "1768620000.25"), (.nan, "NaN"),
    (-.nan, "NaN"),
    (.infinity, "+Inf"), (-.infinity, "-Inf"),
  ])
  func `a value is written so`(value: Double, text: String) {
    #expect(page([gauge("x", value)]).hasSuffix("\nx \(text)\n"))
    if value.isFinite { #expect(Double(text) == value) }
  }

  // The table of OpenMetrics 1.0, "Considerations: Canonical Numbers".
  @Test(arguments: [
    (0, "0.0"), (1e-10, "1e-10"), (1e-5, "1e-05"), (0.0001, "0.0001"), (0.005, "0.005"), (0.99, "0.99"), (1, "1.0"),
    (10, "10.0"), (100_000, "100000.0"), (1e6, "1e+06"), (1_048_576, "1.048576e+06"), (1_234_567.5, "1.2345675e+06"),
    (1e10, "1e+10"), (1e22, "1e+22"), (-1, "-1.0"), (-2e6, "-2e+06"),
  ])
  func `a bucket's bound is a canonical number`(bound: Double, text: String) {
    var family = Family("h", .histogram, help: "H.")
    family.add(Histogram(bounds: [bound]))
    #expect(page([family]).contains("h_bucket{le=\"\(text)\"} 0\n"))
  }

  @Test func `counts that are full begin again, those of all buckets together too`() {
    var distribution = Distribution(bounds: [1, 2])
    distribution.observe(1, times: .max)
    distribution.observe(2, times: .max)
    distribution.observe(2, times: 4)
    var family = Family("h", .histogram, help: "H.")
    family.add(distribution, [:])
    let text = page([family])
    #expect(text.contains("h_bucket{le=\"2.0\"} 2\n") && text.contains("h_bucket{le=\"+Inf\"} 2\n"))
    #expect(text.hasSuffix("\nh_count 2\n"))
  }

  @Test func `invalid UTF-8, controls and quotes stay inside their label`() {
    let repaired = String(decoding: [0x61, 0xff, 0x62] as [UInt8], as: UTF8.self)
    #expect(page([gauge("x", 1, ["v": repaired])]).hasSuffix("\nx{v=\"a\u{FFFD}b\"} 1\n"))
    #expect(page([gauge("x", 1, ["v": "\",w=\"\r\n\t"])]).hasSuffix("\nx{v=\"\\\",w=\\\"\r\\n\t\"} 1\n"))
    #expect(page([gauge("x", 1, ["v": ""])]).hasSuffix("\nx{v=\"\"} 1\n"))
  }

  @Test func `an empty family is left out and an empty page is still one`() {
    #expect(page([Family("x", .gauge, help: "X.")]) == "")
    #expect(page([], as: .openMetrics) == "# EOF\n")
  }

  @Test func `the filter takes full names`() {
    let text = page(sampler(), sections: [Section([gauge("zzz")])], names: ["http_requests_total", "zzz", "none"])
    #expect(
      text.split(separator: "\n").filter { !$0.hasPrefix("#") } == [#"http_requests_total{code="200"} 42"#, "zzz 1"])
    #expect(page(sampler(), names: ["none"]) == "")
  }

  @Test func `content types are exact`() {
    #expect(Format.text.contentType == "text/plain; version=0.0.4; charset=utf-8")
    #expect(Format.openMetrics.contentType == "application/openmetrics-text; version=1.0.0; charset=utf-8")
  }
}
