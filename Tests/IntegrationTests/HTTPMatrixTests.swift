import Foundation
import Testing

/// Every method on every path in every format, against a healthy and a sick service.
///
/// What is expected is computed by the rules of the contract, and compared with all fields of the answer, not only with
/// those that are expected. Each request is sent in one piece, twice in one piece, and byte by byte.
@Suite(.timeLimit(.minutes(2)))
struct HTTPMatrixTests {
  enum Kind {
    /// Answers by the state of the checks.
    case verdict
    case live, page, metrics, missing
    /// A path of the form that checks have, without a check.
    case missingCheck
  }

  struct Case: CustomStringConvertible {
    var method = "GET"
    var path: String
    var kind: Kind
    var accept = Accepted(value: nil)
    var isHealthy: Bool

    var request: String {
      let field = accept.value.map { "Accept: \($0)\r\n" } ?? ""
      return "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(field)\r\n"
    }

    var description: String { "\(method) \(path) \(accept.value ?? "-") \(isHealthy ? "healthy" : "sick")" }
  }

  /// A value of Accept, and the media types that answer it.
  struct Accepted {
    var value: String?
    var verdict = json
    /// On `/`, which is a page unless something else is asked for by name.
    var page = html
    var metrics = exposition
  }

  static let json = "application/json"
  static let healthJSON = "application/health+json"
  static let text = "text/plain; charset=utf-8"
  static let html = "text/html; charset=utf-8"
  static let exposition = "text/plain; version=0.0.4; charset=utf-8"
  static let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"

  static let paths: [(String, Kind)] = [
    ("/health/", .verdict), ("/health", .verdict), ("/health/?brief", .verdict), ("/health?brief=1&x=y", .verdict),
    ("/health/ready", .verdict), ("/health/ready/", .verdict), ("/readyz", .verdict), ("/readyz/", .verdict),
    ("/health/checks/redis", .verdict), ("/health/checks/redis/", .verdict), ("/health/checks/redis?brief", .verdict),
    ("/h%65alth/%72eady", .verdict),
    ("http://other.example:99/health/ready?brief", .verdict),
    ("/health/live", .live), ("/health/live/", .live), ("/livez", .live), ("/livez/", .live),
    ("/livez?unknown=1", .live),
    ("/", .page), ("/?brief", .page), ("http://other.example", .page),
    ("/metrics", .metrics), ("/metrics/", .metrics), ("/metrics?name%5B%5D=health_status", .metrics),
    ("/health/checks/", .missing), ("/health/checks/nobody", .missingCheck),
    ("/Health/", .missing), ("/health//", .missing), ("//health/", .missing), ("/healthz", .missing),
    ("/health/liv", .missing), ("/metricsx", .missing), ("/favicon.ico", .missing),
    ("/health/../livez", .missing), ("/%01health/", .missing),
  ]

  static let accepts: [Accepted] = [
    Accepted(value: "*/*"),
    Accepted(value: "application/json"),
    Accepted(value: "APPLICATION/*", metrics: openMetrics),
    Accepted(value: "application/health+json", verdict: healthJSON, page: healthJSON),
    Accepted(value: "application/json;q=0.5, application/health+json;q=0.6", verdict: healthJSON, page: healthJSON),
    Accepted(value: "text/plain", verdict: text, page: text),
    Accepted(value: "text/plain;q=0.2, text/html;q=0.1", verdict: text, page: text),
    Accepted(value: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", verdict: html),
    Accepted(value: "text/*", verdict: text, page: text),
    Accepted(value: "application/json;q=0, text/html", verdict: html),
    Accepted(value: "image/png"),
    Accepted(value: "nonsense"),
    Accepted(value: ";;q=,,=/"),
    Accepted(value: ""),
    Accepted(value: "*/*;q=0"),
    Accepted(
      value: "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", metrics: openMetrics
    ),
  ]

  @Test(arguments: [true, false]) func `every method on every path`(isHealthy: Bool) throws {
    let methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"]
    let cases = HTTPMatrixTests.paths.flatMap { path, kind in
      methods.map { Case(method: $0, path: path, kind: kind, isHealthy: isHealthy) }
    }
    try run(cases, at: SharedServices.service(isHealthy: isHealthy))
  }

  @Test(arguments: [true, false]) func `every format on every path`(isHealthy: Bool) throws {
    let cases = HTTPMatrixTests.paths.flatMap { path, kind in
      HTTPMatrixTests.accepts.flatMap { accept in
        ["GET", "HEAD"].map { Case(method: $0, path: path, kind: kind, accept: accept, isHealthy: isHealthy) }
      }
    }
    try run(cases, at: SharedServices.service(isHealthy: isHealthy))
  }

  private func run(_ cases: [Case], at service: VitalsProcess) throws {
    let (whole, pieces) = (try service.connect(), try service.connect())
    for test in cases {
      let isHead = test.method == "HEAD"
      // One piece for both: answered in one turn of the loop, so that the bodies are the same.
      let pair = isHead ? [Case.get(for: test), test] : [test, test]
      try whole.send(pair.map(\.request).joined())
      let answers = try pair.map { try whole.readResponse(toHead: $0.method == "HEAD") }
      for (test, answer) in zip(pair, answers) { check(answer, test) }
      if isHead { compare(answers[0], answers[1], test) }

      try pieces.sendByteByByte(test.request)
      check(try pieces.readResponse(toHead: isHead), test)
    }
    // Nothing is left over: every answer was exactly as long as it said.
    for socket in [whole, pieces] {
      #expect(socket.buffered.isEmpty)
      socket.finishSending()
      #expect(try socket.readToEnd().isEmpty)
    }
  }

  private func check(_ answer: HTTPResponse, _ test: Case) {
    let expected = Expected(test)
    let names = answer.headers.map { $0.name.lowercased() }
    #expect(answer.version == "HTTP/1.1", "\(test)")
    #expect(answer.status == expected.status, "\(test)")
    #expect(names.sorted() == expected.fieldNames.sorted(), "\(test)")
    #expect(answer["content-type"] == expected.contentType, "\(test)")
    #expect(answer["cache-control"] == "no-store", "\(test)")
    #expect(answer["x-content-type-options"] == "nosniff", "\(test)")
    #expect(answer["allow"] == (expected.allows ? "GET, HEAD, OPTIONS" : nil), "\(test)")
    #expect(Self.isRecent(answer["date"] ?? ""), "\(test)")
    // Every check runs each 5 s: sooner there is nothing new.
    if answer.status == 503 { #expect(answer["retry-after"] == "5", "\(test)") }
    if expected.hasLength, test.method != "HEAD" {
      #expect(answer["content-length"] == "\(answer.body.count)", "\(test)")
      #expect(answer.body.isEmpty == expected.isEmpty, "\(test)")
      if !expected.isEmpty { checkBody(answer, test) }
    }
  }

  private func compare(_ get: HTTPResponse, _ head: HTTPResponse, _ test: Case) {
    // The scrapes count themselves, so that the second may be a digit longer.
    let skipped = test.kind == .metrics ? ["content-length", "date"] : ["date"]
    func fields(_ answer: HTTPResponse) -> [HTTPResponse.Header] {
      answer.headers.filter { !skipped.contains($0.name.lowercased()) }
    }
    #expect(fields(get) == fields(head), "\(test)")
    #expect(get.status == head.status, "\(test)")
    #expect((Int(head["content-length"] ?? "") ?? 0) > 0, "\(test)")
  }

  private func checkBody(_ answer: HTTPResponse, _ test: Case) {
    let status = test.kind == .live || test.isHealthy ? "pass" : "fail"
    let isBrief = test.path.contains("?brief")
    switch (answer.status, answer["content-type"]) {
    case (404, _): #expect(!answer.text.contains("nobody") && answer.text.hasPrefix("404 Not Found"), "\(test)")
    case (405, _): #expect(answer.text == "405 Method Not Allowed\n", "\(test)")
    case (_, Self.json), (_, Self.healthJSON):
      let object = try? answer.json()
      #expect(object?["status"] as? String == status, "\(test)")
      if isBrief { #expect(answer.text == "{\"status\":\"\(status)\"}", "\(test)") }
    case (_, Self.text):
      #expect(answer.text.hasPrefix("\(status)\n"), "\(test)")
      if isBrief { #expect(answer.text == "\(status)\n", "\(test)") }
    case (_, Self.html):
      #expect(answer.text.hasPrefix("<!doctype html>"), "\(test)")
      #expect(answer.text.contains("<body data-status=\"\(status)\""), "\(test)")
    case (_, Self.exposition): #expect(answer.text.contains("\nhealth_status{"), "\(test)")
    case (_, Self.openMetrics): #expect(answer.text.hasSuffix("\n# EOF\n"), "\(test)")
    default: Issue.record("\(test): \(answer["content-type"] ?? "-")")
    }
  }

  /// Whether `date` is an IMF-fixdate within a minute of now.
  static func isRecent(_ date: String) -> Bool {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return formatter.date(from: date).map { abs($0.timeIntervalSinceNow) < 60 } ?? false
  }
}

extension HTTPMatrixTests.Case {
  fileprivate static func get(for test: Self) -> Self {
    var test = test
    test.method = "GET"
    return test
  }
}

/// What the contract says about the answer to a case.
private struct Expected {
  var status = 200
  var contentType: String?
  var allows = false
  /// Whether there is a Content-Length.
  var hasLength = true
  /// Whether the body has no bytes.
  var isEmpty = false
  private var varies: String?

  init(_ test: HTTPMatrixTests.Case) {
    let verdict = test.kind == .verdict && !test.isHealthy ? 503 : 200
    switch (test.method, test.kind) {
    case (_, .missing), ("GET", .missingCheck), ("HEAD", .missingCheck), ("OPTIONS", .missingCheck):
      (status, contentType) = (404, HTTPMatrixTests.text)
    case ("GET", _), ("HEAD", _):
      status = verdict
      switch test.kind {
      case .page: contentType = test.accept.page
      case .metrics: contentType = test.accept.metrics
      default: contentType = test.accept.verdict
      }
      varies = test.kind == .metrics ? "Accept, Accept-Encoding" : "Accept"
    case ("OPTIONS", .verdict), ("OPTIONS", .live):
      (status, contentType, allows, isEmpty) = (verdict, HTTPMatrixTests.text, true, true)
      varies = "Accept"
    case ("OPTIONS", _):
      (status, allows, hasLength) = (204, true, false)
    default:
      (status, contentType, allows) = (405, HTTPMatrixTests.text, true)
    }
  }

  var fieldNames: [String] {
    ["date", "cache-control", "x-content-type-options"] + (contentType == nil ? [] : ["content-type"])
      + (hasLength ? ["content-length"] : []) + (allows ? ["allow"] : []) + (varies == nil ? [] : ["vary"])
      + (status == 503 ? ["retry-after"] : [])
      + (contentType == HTTPMatrixTests.html ? ["content-security-policy", "referrer-policy"] : [])
  }
}
