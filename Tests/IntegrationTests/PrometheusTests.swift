import Foundation
import Testing

/// What a real Prometheus makes of the service, healthy and sick.
@Suite(.timeLimit(.minutes(10)))
struct PrometheusTests {
  /// Prometheus 2.42's own.
  private static let accept =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"

  @Test func `Prometheus scrapes the service, also while PostgreSQL is down`() throws {
    let postgres = try PostgresServer()
    defer { postgres.stop() }
    let silent = try FailurePeer(.silent)
    defer { silent.stop() }
    let vitals = try VitalsProcess(
      serve: ["--interval", "1s", "--database-url", postgres.url()]
        + ["--check", "odd=http://\(silent.address)/,critical=false,timeout=200ms"])
    defer { vitals.kill() }
    try vitals.waitForHealth(200)
    let prometheus = try PrometheusServer(scraping: "\(vitals.address)")
    defer { prometheus.stop() }

    let check = "health_check_up{check=\"postgresql\",critical=\"true\"}"
    try prometheus.wait(for: "up", 1)
    try prometheus.wait(for: check, 1)
    try prometheus.wait(for: "health_status{status=\"fail\"}", 0)
    for name in [
      "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds",
      "process_start_time_seconds", "health_check_duration_seconds", "health_check_last_success_timestamp_seconds",
    ] {
      let samples = try prometheus.query(name)
      #expect(!samples.isEmpty && samples.allSatisfy { $0.value > 0 }, "\(name)")
    }
    // A scrape counts those before it.
    try eventually(within: .seconds(20), "more scrapes") {
      try prometheus.query("increase(http_requests_total{handler=\"/metrics\",code=\"200\"}[1m])").first?.value ?? 0 > 0
    }
    #expect(try prometheus.query("vitals_build_info").first?.labels["version"] != nil)
    #expect(try prometheus.query("time() - process_start_time_seconds").first?.value ?? -1 < 300)
    #expect(try prometheus.query("health_check_runs_total{check=\"odd\",result=\"timeout\"}").first?.value ?? 0 >= 1)

    postgres.kill()
    try prometheus.wait(for: check, 0)
    try prometheus.wait(for: "health_status{status=\"fail\"}", 1)
    try prometheus.wait(for: "up", 1)
    try postgres.start()
    try prometheus.wait(for: check, 1)
    #expect(try prometheus.query("min_over_time(up[5m])").map(\.value) == [1])
  }

  @Test func `promtool finds nothing to complain about, whatever the state`() throws {
    let redis = try RedisServer()
    defer { redis.stop() }
    let vitals = try VitalsProcess(
      serve: ["--interval", "500ms", "--redis-url", redis.url(), "--check", "gone=tcp://no-such-host.invalid:1"]
        + ["--check", "slow=http://127.0.0.1:1/,critical=false"])
    defer { vitals.kill() }
    try vitals.waitForAllResults()
    try lint(vitals)
    redis.kill()
    try vitals.waitForHealth(503, "refused", of: "redis")
    try lint(vitals)
  }

  private func lint(_ vitals: VitalsProcess) throws {
    let text = try vitals.get("/metrics")
    #expect(text.status == 200)
    #expect(text["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
    #expect(try Promtool.complaints(of: text.text) == [])

    let open = try vitals.get("/metrics", headers: ["Accept": Self.accept])
    #expect(open["content-type"]?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
    #expect(open.text.hasSuffix("\n# EOF\n"))
  }
}

extension PrometheusServer {
  /// Waits until the expression has exactly this one value.
  fileprivate func wait(for expression: String, _ value: Double) throws {
    var last: [Sample] = []
    do {
      try eventually(within: .seconds(20), every: .milliseconds(100), "\(expression) == \(value)") {
        last = try query(expression)
        return last.map(\.value) == [value]
      }
    } catch {
      throw TestbedError("\(error); last answer: \(last)")
    }
  }
}
