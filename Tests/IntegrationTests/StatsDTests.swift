import Foundation
import Glibc
import Testing

/// What applications send by StatsD, as a scraper finds it.
@Suite(.timeLimit(.minutes(5)))
struct StatsDTests {
  /// The application, which needs its databases to answer. They end with the test process.
  private static let app = Result { try PilitoApp(PostgresServer(), RedisServer()) }

  @Test(arguments: [("", "", false), ("pilito", "", false), ("eu.pilito", "node:n1", true)])
  func `gunicorn's requests, their codes and times, and its workers`(prefix: String, tags: String, isUnix: Bool) throws
  {
    let directory = try Scratch.directory("statsd")
    defer { Scratch.remove(directory) }
    let vitals = try VitalsProcess(serve: ["--statsd", isUnix ? "unix:\(directory)/socket" : "127.0.0.1:0"])
    defer { vitals.kill() }
    let address = try vitals.statsdAddresses()[0]
    let host = isUnix ? "unix://\(directory)/socket" : "\(address)"
    let web = try Gunicorn(
      Self.app.get(), .init(workers: 3, statsdHost: host, statsdPrefix: prefix, dogstatsdTags: tags))
    defer { web.end() }
    var labels = ["app": prefix]
    if !tags.isEmpty { labels["node"] = "n1" }

    let began = ContinuousClock.now
    let requests = ["/": 40, "/fail": 7, "/nowhere": 5, "/slow?ms=300": 3]
    for (target, count) in requests {
      for _ in 0..<count { _ = try web.get(target) }
    }
    let elapsed = (ContinuousClock.now - began).seconds
    // Not a request, and so only a message.
    let stranger = try RawSocket(.loopback(web.port))
    try stranger.send("GET /\r\n\r\n")
    _ = try stranger.readToEnd()
    try vitals.waitForPage("all requests") { page in
      page["gunicorn_requests_total", labels] == 55
        && page["gunicorn_log_total", labels.merging(["level": "warning"]) { $1 }] == 1
    }

    let page = try vitals.page()
    let codes = page.samples(of: "gunicorn_request_status_total", with: labels)
    #expect(
      codes.reduce(into: [:]) { $0[$1.key.labels["code"] ?? ""] = $1.value } == ["200": 43, "404": 5, "500": 7])
    let duration = "gunicorn_request_duration_seconds"
    #expect(page["\(duration)_count", labels] == 55)
    let sum = try #require(page["\(duration)_sum", labels])
    #expect(sum >= 0.9 && sum <= elapsed)
    func bucket(_ bound: String) -> Double? { page["\(duration)_bucket", labels.merging(["le": bound]) { $1 }] }
    #expect(bucket("0.25") ?? 99 <= 52)
    #expect(bucket("+Inf") == 55)
    #expect(page.families[duration]?.type == "histogram")
    #expect(page["gunicorn_workers", labels] == 3)
    #expect(page["vitals_statsd_malformed_lines_total"] == 0)
    #expect(page.samples(of: "vitals_statsd_dropped_total").values.allSatisfy { $0 == 0 })
    #expect(page["vitals_collector_up", ["collector": "statsd"]] == 1)

    Glibc.kill(web.pid, SIGTTIN)
    try vitals.waitForPage("one worker more") { $0["gunicorn_workers", labels] == 4 }
  }

  @Test func `other clients' metrics`() throws {
    let directory = try Scratch.directory("statsd")
    defer { Scratch.remove(directory) }
    let path = "\(directory)/socket"
    let vitals = try VitalsProcess(serve: ["--statsd", "127.0.0.1:0", "--statsd", "unix:\(path)"])
    defer { vitals.kill() }
    guard case .ipv4(let host, let port) = try vitals.statsdAddresses(2)[0] else { throw TestbedError("no port") }
    try Subprocess.run([
      PythonEnvironment.program("python"), "\(Tool.packageDirectory)/Tests/Stack/statsd/clients.py", host, "\(port)",
      path,
    ])
    let expected = [
      "plain_orders_placed_total": 10.0, "plain_orders_items_total": 32, "plain_basket_size": 5,
      "plain_checkout_seconds_count": 1, "plain_checkout_seconds_sum": 0.12, "plain_query_seconds_count": 100,
      "plain_query_seconds_sum": 4.95,
    ]
    try vitals.waitForPage("the last sample") { $0["uds_checkout_seconds_count", ["env": "test"]] == 1 }
    let page = try vitals.page()
    for (name, value) in expected { #expect(abs((page[name] ?? .nan) - value) < 1e-9, "\(name)") }
    #expect(page["plain_query_seconds_bucket", ["le": "0.025"]] == 26)
    let env = ["env": "test"]
    for name in ["udp", "uds"] {
      #expect(page["\(name)_orders_total", ["env": "test", "gift": "true", "kind": "book"]] == 10)
      #expect(page["\(name)_basket", env] == 2.5)
      for metric in ["size", "spread"] {
        #expect(page["\(name)_\(metric)_sum", env] == 321)
        #expect(page["\(name)_\(metric)_bucket", ["env": "test", "le": "100.0"]] == 2)
      }
      #expect(page["\(name)_checkout_seconds_sum", env] == 0.12)
    }
    let dropped = page.samples(of: "vitals_statsd_dropped_total").filter { $0.value > 0 }
    #expect(
      dropped.reduce(into: [:]) { $0[$1.key.labels["reason"] ?? ""] = $1.value }
        == ["set": 3, "event": 2, "service_check": 2, "negative": 1])
    #expect(page["vitals_statsd_malformed_lines_total"] == 0)
    // What was refused is told, but not what was in it.
    let line = try vitals.waitForLine(containing: "statsd input refused")
    #expect(!vitals.errorOutput.contains("alice") && !vitals.errorOutput.contains("deployed"), "\(line)")
  }

  @Test func `one service receives on IPv4, IPv6 and a unix socket at once`() throws {
    let directory = try Scratch.directory("statsd")
    defer { Scratch.remove(directory) }
    let path = "\(directory)/socket"
    let arguments = ["127.0.0.1:0", "[::1]:0", "unix:\(path)", ":0"].flatMap { ["--statsd", $0] }
    let vitals = try VitalsProcess(serve: arguments + ["--drain", "0s"])
    defer { vitals.kill() }
    for address in try vitals.statsdAddresses(4) {
      // One that is `::` takes both families.
      if case .ipv6("::", let port) = address {
        try DatagramSender(to: .ipv4("127.0.0.1", port)).send("a:1|c")
        try DatagramSender(to: .ipv6("::1", port)).send("a:1|c")
      } else {
        try DatagramSender(to: address).send("a:1|c")
      }
    }
    try vitals.waitForPage("all samples") { $0["a_total"] == 5 }
    try eventually("one thread") { vitals.threadCount == 1 }
    vitals.signal(SIGTERM)
    #expect(vitals.wait() == .code(0))
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `an address that is taken is an error that names it`() throws {
    let directory = try Scratch.directory("taken")
    defer { Scratch.remove(directory) }
    let path = "\(directory)/socket"
    let first = try VitalsProcess(serve: ["--statsd", "127.0.0.1:0", "--statsd", "unix:\(path)"])
    defer { first.kill() }
    for address in try first.statsdAddresses(2) {
      let second = try VitalsProcess.run([
        "serve", "--listen", "127.0.0.1:0", "--statsd", "unix:\(directory)/other", "--statsd", "\(address)",
      ])
      #expect(second.exit == .code(1))
      let problem = "vitals serve: receive datagrams at \(address): Address already in use"
      #expect(second.errorOutput.split(separator: "\n").last.map(String.init) == problem)
      // Nothing of the attempt is left, and the first goes on.
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/other"))
      try DatagramSender(to: address).send("a:1|c")
    }
    try first.waitForPage("both samples") { $0["a_total"] == 2 }

    // What a killed process left is replaced, a file is not.
    first.kill()
    #expect(FileManager.default.fileExists(atPath: path))
    let third = try VitalsProcess(serve: ["--statsd", "unix:\(path)"])
    defer { third.kill() }
    _ = try third.statsdAddresses()
    try DatagramSender(to: .unix(path)).send("a:1|c")
    try third.waitForPage("the sample") { $0["a_total"] == 1 }
    try "data".write(toFile: "\(directory)/precious", atomically: false, encoding: .utf8)
    let fourth = try VitalsProcess.run(["serve", "--listen", "127.0.0.1:0", "--statsd", "unix:\(directory)/precious"])
    #expect(fourth.exit == .code(1))
    #expect(fourth.errorOutput.contains("receive datagrams at unix:\(directory)/precious: Address already in use"))
    #expect(try String(contentsOfFile: "\(directory)/precious", encoding: .utf8) == "data")
  }

  @Test func `nothing is opened where something else is to be collected`() throws {
    let vitals = try VitalsProcess(serve: ["--statsd", "127.0.0.1:0", "--collect", "swarm"])
    defer { vitals.kill() }
    #expect(!vitals.errorOutput.contains("receiving statsd"))
    #expect(try !vitals.page().families.keys.contains { $0.hasPrefix("vitals_statsd_") })
  }

  @Test func `docs/metrics.md has every family of StatsD and every reason, and no other`() throws {
    let vitals = try VitalsProcess(serve: ["--statsd", "127.0.0.1:0"])
    defer { vitals.kill() }
    let samples = ["requests:1|c", "request.status.200:1|c", "request.duration:1|ms", "workers:2|g", "log.error:1|c"]
    try DatagramSender(to: vitals.statsdAddresses()[0]).send(samples.map { "p.gunicorn.\($0)\n" }.joined())
    try vitals.waitForPage("the samples") { $0["gunicorn_workers", ["app": "p"]] == 2 }
    let page = try vitals.page()
    for prefix in ["gunicorn_", "vitals_statsd_"] {
      #expect(try MetricsDocument(prefix: prefix).problems(of: [page]) == [])
    }
    let document = try Document("docs/metrics.md")
    #expect(
      document.table(under: "| reason | what was dropped |").compactMap { $0[0].code }
        == page.samples(of: "vitals_statsd_dropped_total").keys.compactMap { $0.labels["reason"] }.sorted())
    #expect(try Promtool.complaints(of: vitals.get("/metrics").text) == [])
  }
}
