import HTTP
import Testing

struct `Request parser` {
  /// The head of a request that is accepted.
  private func head(_ text: String, limits: Limits = Limits()) throws -> RequestHead {
    #expect(requestProblem(Array(text.utf8), limits: limits) == nil)
    var parser = RequestParser(limits: limits)
    let outcome = Array(text.utf8).withUnsafeBytes { parser.parse($0) }
    guard case .complete(let head, _) = outcome else {
      Issue.record("\(outcome)")
      throw CancellationError()
    }
    return head
  }

  private func text(_ range: Range<Int>?, of request: String) -> String? {
    range.map { String(decoding: Array(request.utf8)[$0], as: UTF8.self) }
  }

  @Test func `reads the fields of a scrape`() throws {
    let request = """
      GET /metrics?name[]=up HTTP/1.1\r
      Host: vitals:8080\r
      User-Agent: Prometheus/2.42.0\r
      Accept: text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r
      Accept-Encoding: gzip\r
      Authorization: Bearer abc\r
      X-Prometheus-Scrape-Timeout-Seconds: 10\r
      \r

      """
    let head = try head(request)
    #expect(head.method == .get)
    #expect(head.version == .http11)
    #expect(head.keepsAlive)
    #expect(head.body == .none)
    #expect(!head.expectsContinue)
    #expect(text(head.target, of: request) == "/metrics?name[]=up")
    #expect(text(head.host, of: request) == "vitals:8080")
    #expect(text(head.accept, of: request) == "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
    #expect(text(head.acceptEncoding, of: request) == "gzip")
    #expect(text(head.authorization, of: request) == "Bearer abc")
    #expect(text(head.scrapeTimeout, of: request) == "10")
  }

  @Test(arguments: Method.allCases) func `knows every method`(method: Method) throws {
    let target = method == .connect ? "example.com:443" : "/"
    #expect(try head("\(method.name) \(target) HTTP/1.1\r\nHost: a\r\n\r\n").method == method)
  }

  @Test(arguments: [
    ("HTTP/1.1", "", true),
    ("HTTP/1.1", "Connection: close\r\n", false),
    ("HTTP/1.1", "Connection: keep-alive\r\n", true),
    ("HTTP/1.1", "connection:  Upgrade , CLOSE\t\r\n", false),
    ("HTTP/1.1", "Connection: upgrade\r\nConnection: close\r\n", false),
    ("HTTP/1.1", "Connection: close\r\nConnection: keep-alive\r\n", false),
    ("HTTP/1.1", "Connection: closed, not-close\r\n", true),
    ("HTTP/1.1", "Connection: ,\r\nConnection:\r\n", true),
    ("HTTP/1.2", "", true),
    ("HTTP/1.0", "", false),
    ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
    ("HTTP/1.0", "Connection: keep-alive, close\r\n", false),
  ]) func `says whether the connection goes on`(version: String, fields: String, keepsAlive: Bool) throws {
    #expect(try head("GET / \(version)\r\nHost: a\r\n\(fields)\r\n").keepsAlive == keepsAlive)
  }

  @Test(
    arguments: [
      ("", .none),
      ("Content-Length: 0\r\n", .none),
      ("Content-Length: 8192\r\n", .length(8192)),
      ("content-length:\t007 \r\n", .length(7)),
      ("Content-Length: 5\r\nContent-Length: 5\r\n", .length(5)),
      ("Content-Length: 5, 5\r\n", .length(5)),
      ("Transfer-Encoding: Chunked\r\n", .chunked),
    ] as [(String, RequestHead.Body)]) func `says where the body ends`(fields: String, body: RequestHead.Body) throws
  {
    #expect(try head("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n").body == body)
  }

  @Test(arguments: [
    ("HTTP/1.1", "100-continue", true), ("HTTP/1.1", "100-Continue", true), ("HTTP/1.0", "100-continue", false),
  ]) func `says whether the client waits`(version: String, expectation: String, waits: Bool) throws {
    #expect(try head("PUT / \(version)\r\nHost: a\r\nExpect: \(expectation)\r\n\r\n").expectsContinue == waits)
  }

  @Test(arguments: [
    "a", "example.com", "example.com:8080", "example.com:", "127.0.0.1:80", "[::1]", "[fe80::1%25eth0]:8080",
    "under_score", "",
  ]) func `takes a host`(host: String) throws {
    let request = "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n"
    #expect(try text(head(request).host, of: request) == host)
  }

  @Test(arguments: [
    "GET / HTTP/1.0\r\n\r\n",
    "\r\n\r\n\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    "GET /%41%7e?%zz=1 HTTP/1.0\r\n\r\n".replacing("%zz", with: "%2F"),
    "GET /\"<>[]\\^`{|}~ HTTP/1.0\r\n\r\n",
    "GET http://other.example:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.0\r\nX:\r\nY: \r\nZ:a\tb \u{00E9}\r\n!#$%&'*+-.^_`|~09azAZ: v\r\n\r\n",
  ]) func `takes what is unusual and allowed`(request: String) throws {
    _ = try head(request)
  }

  @Test func `gives the first value of a field that is repeated`() throws {
    let request = "GET / HTTP/1.0\r\nAccept: a/b\r\nAccept: c/d\r\n\r\n"
    #expect(try text(head(request).accept, of: request) == "a/b")
  }

  @Test func `reads pipelined requests one after the other`() {
    let bytes = Array("GET /a HTTP/1.0\r\n\r\nGET /bb HTTP/1.0\r\n\r\n".utf8)
    var parser = RequestParser()
    var (rest, targets) = (bytes[...], [Int]())
    while case .complete(let head, let consumed) = Array(rest).withUnsafeBytes({ parser.parse($0) }) {
      targets.append(head.target.count)
      rest = rest.dropFirst(consumed)
    }
    #expect(targets == [2, 3])
    #expect(rest.isEmpty)
  }

  @Test func `takes a request as large as the limits allow`() throws {
    var limits = Limits()
    limits.target = 40
    limits.fields = 3
    let fields = "Host: a\r\nB: b\r\nC: c\r\n\r\n"
    let request = "GET /" + String(repeating: "x", count: 39) + " HTTP/1.1\r\n" + fields
    limits.headerBlock = request.utf8.count
    _ = try head(request, limits: limits)
  }
}
