import Foundation
import Testing

/// `/metrics` as a scraper meets it.
@Suite(.timeLimit(.minutes(1)))
struct HTTPMetricsTests {
  static let text = "text/plain; version=0.0.4; charset=utf-8"
  static let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
  /// What Prometheus 2.42 and 3 send.
  static let prometheus =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
  static let prometheus3 =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

  @Test(
    arguments: [
      (nil, text), ("*/*", text), ("text/html", text), ("nonsense", text), ("", text), ("text/plain", text),
      (prometheus, openMetrics), (prometheus3, openMetrics), ("application/openmetrics-text", openMetrics),
      ("application/openmetrics-text; version=\"1.0.0\"", openMetrics),
      ("application/openmetrics-text;version=1.0.0;q=0.1, text/plain;q=0.2", text),
      ("application/openmetrics-text;version=0.0.1", text), ("application/openmetrics-text;q=0", text),
    ] as [(String?, String)])
  func `the format is the one that Accept likes best`(accept: String?, type: String) throws {
    let service = try SharedServices.service(isHealthy: true)
    let answer = try service.get("/metrics", headers: accept.map { ["Accept": $0] } ?? [:])
    #expect(answer.status == 200)
    #expect(answer["content-type"] == type)
    #expect(answer["content-encoding"] == nil)
    #expect(answer.text.contains("# TYPE http_connections gauge\n"))
    #expect(answer.text.hasSuffix("\n# EOF\n") == (type == Self.openMetrics))
    #expect(answer.text.hasSuffix("\n"))
  }

  @Test(arguments: [true, false]) func `promtool finds nothing to say`(isHealthy: Bool) throws {
    let answer = try SharedServices.service(isHealthy: isHealthy).get("/metrics")
    #expect(answer.status == 200)
    #expect(answer.text.contains("\nhealth_check_up{check=\"redis\",critical=\"true\"} \(isHealthy ? 1 : 0)\n"))
    #expect(try Promtool.complaints(of: answer.text) == [])
  }

  @Test(arguments: [
    ("gzip", true), ("deflate, GZIP;q=0.5", true), ("*", true), ("gzip;q=0", false), ("identity", false),
  ])
  func `gzip when it is asked for`(coding: String, isCompressed: Bool) throws {
    let service = try SharedServices.service(isHealthy: true)
    let socket = try service.connect()
    // Both in one turn of the loop, so that the numbers are nearly the same.
    let request = "GET /metrics?name[]=vitals_build_info HTTP/1.1\r\nHost: x\r\n"
    try socket.send("\(request)\r\n\(request)Accept-Encoding: \(coding)\r\n\r\n")
    let plain = try socket.readResponse()
    let answer = try socket.readResponse()
    #expect(answer["vary"] == "Accept, Accept-Encoding")
    #expect(answer["content-type"] == plain["content-type"])
    #expect(answer["content-encoding"] == (isCompressed ? "gzip" : nil))
    guard isCompressed else {
      #expect(answer.body == plain.body)
      return
    }
    #expect(try inflate(answer.body) == plain.body)
    let page = try service.get("/metrics", headers: ["Accept-Encoding": coding])
    let text = String(decoding: try inflate(page.body), as: UTF8.self)
    #expect(text.hasPrefix("# HELP ") && text.contains("\nvitals_build_info{"))
    #expect(page.body.count * 3 < text.utf8.count)
  }

  @Test(arguments: [
    ("?name[]=http_connections", ["http_connections"]),
    ("?name[]=http_connections&name[]=vitals_build_info", ["http_connections", "vitals_build_info"]),
    ("?name%5B%5D=health%5Fstatus&x=y", ["health_status"]),
    ("?name[]=no_such_family", []),
  ])
  func `name[] leaves the other families out`(query: String, families: [String]) throws {
    let service = try SharedServices.service(isHealthy: true)
    let lines = try service.get("/metrics\(query)").text.split(separator: "\n")
    #expect(lines.filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) } == families)
  }

  @Test func `HEAD has the fields of GET, and a length`() throws {
    let service = try SharedServices.service(isHealthy: true)
    let get = try HTTPClient.request("GET", "/metrics?name[]=vitals_build_info", at: service.address)
    let head = try HTTPClient.request("HEAD", "/metrics?name[]=vitals_build_info", at: service.address)
    #expect(head["content-length"] == "\(get.body.count)")
    #expect(head["content-type"] == get["content-type"])
    #expect(head.headers.map(\.name) == get.headers.map(\.name))
  }

  @Test func `the http_ counters count what happened, by route, and nothing else`() throws {
    let service = try VitalsProcess(serve: [])
    defer { service.kill() }
    let before = try samples(service)
    for _ in 0..<7 { _ = try service.get("/livez") }
    for _ in 0..<3 { _ = try HTTPClient.request("HEAD", "/health/live/", at: service.address) }
    _ = try HTTPClient.request("OPTIONS", "/readyz", at: service.address)
    _ = try HTTPClient.request("DELETE", "/health/", at: service.address)
    for index in 0..<5 { _ = try service.get("/secret/\(index)") }
    _ = try service.get("/health/checks/nobody")
    let socket = try service.connect()
    try socket.send("BREW / HTTP/1.1\r\n")
    #expect(try socket.readResponse().status == 501)
    socket.close()
    let after = try samples(service)
    let changes = after.compactMap { name, value -> (String, Double)? in
      let change = value - (before[name] ?? 0)
      let counts = name.hasPrefix("http_requests_total") || name.hasPrefix("http_connections_")
      return counts && change != 0 ? (name, change) : nil
    }
    func total(_ code: Int, _ method: String, _ handler: String) -> String {
      "http_requests_total{code=\"\(code)\",method=\"\(method)\",handler=\"\(handler)\"}"
    }
    #expect(
      Dictionary(uniqueKeysWithValues: changes) == [
        total(200, "GET", "/health/live"): 7, total(200, "HEAD", "/health/live"): 3,
        total(200, "OPTIONS", "/health/ready"): 1, total(405, "other", "/health/"): 1, total(404, "GET", "other"): 5,
        total(404, "GET", "/health/checks/{name}"): 1, total(501, "other", "other"): 1,
        // The scrape before counts itself only afterwards.
        total(200, "GET", "/metrics"): 1, "http_connections_accepted_total": 20,
      ])
    #expect(after["http_request_duration_seconds_count{handler=\"/health/live\"}"] == 10)
    // `{"status":"pass"}`, 17 bytes, seven times; a HEAD has no body.
    #expect(after["http_response_size_bytes_sum{handler=\"/health/live\"}"] == 119)
    #expect(after["http_requests_in_flight"] == 1)
    #expect(!after.keys.contains { $0.contains("secret") || $0.contains("nobody") })
  }

  private func samples(_ service: VitalsProcess) throws -> [String: Double] {
    let lines = try service.get("/metrics").text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    return Dictionary(
      uniqueKeysWithValues: lines.compactMap { line in
        line.lastIndex(of: " ").map { (String(line[..<$0]), Double(line[line.index(after: $0)...]) ?? .nan) }
      })
  }

  private func inflate(_ bytes: [UInt8]) throws -> [UInt8] {
    let directory = try Scratch.directory("gzip")
    defer { Scratch.remove(directory) }
    try Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/page.gz"))
    return Array(try Subprocess.run(["gzip", "-dc", "\(directory)/page.gz"]).utf8)
  }
}
