import Testing

/// Requests that are refused: smuggling, oversize, malformed, truncated.
///
/// Each has its one status; the connection is closed afterwards, since nobody knows where the next request begins, and
/// nothing that came after the refused part is taken for a request.
@Suite(.timeLimit(.minutes(1)))
struct HTTPRejectionTests {
  struct Case: CustomStringConvertible {
    var what: String
    var request: String
    var status = 400
    var description: String { what }

    init(_ what: String, _ request: String, _ status: Int = 400) {
      self.what = what
      self.request = request
      self.status = status
    }

    /// A request for /livez with these lines after Host, and a body.
    init(_ what: String, fields: String, body: String = "", _ status: Int = 400) {
      self.init(what, "GET /livez HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n\(body)", status)
    }
  }

  /// A request that must never be answered: it lies inside of another one's body, or behind a refused one.
  static let smuggled = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
  static let length = "Content-Length: \(smuggled.utf8.count)"
  static let many = String(repeating: "x", count: 8192)

  static let smuggling = [
    Case("length and chunks", fields: "\(length)\r\nTransfer-Encoding: chunked", body: "0\r\n\r\n\(smuggled)"),
    Case("chunks and length", fields: "Transfer-Encoding: chunked\r\nContent-Length: 4", body: "0\r\n\r\n\(smuggled)"),
    Case("two lengths", fields: "Content-Length: 0\r\n\(length)", body: smuggled),
    Case("two lengths in a list", fields: "Content-Length: 0, \(smuggled.utf8.count)", body: smuggled),
    Case("a signed length", fields: "Content-Length: +0", body: smuggled),
    Case("a negative length", fields: "Content-Length: -1", body: smuggled),
    Case("a hexadecimal length", fields: "Content-Length: 0x1", body: smuggled),
    Case("no length after all", fields: "Content-Length:", body: smuggled),
    Case("two codings", fields: "Transfer-Encoding: gzip, chunked", body: "0\r\n\r\n\(smuggled)"),
    Case("chunked twice", fields: "Transfer-Encoding: chunked, chunked", body: "0\r\n\r\n\(smuggled)"),
    Case("another coding", fields: "Transfer-Encoding: identity", body: smuggled),
    Case("a coding with a tail", fields: "Transfer-Encoding: chunkedx", body: "0\r\n\r\n\(smuggled)"),
    Case("white space before the colon", fields: "Transfer-Encoding : chunked", body: "0\r\n\r\n\(smuggled)"),
    Case("a folded line", fields: "Transfer-Encoding:\r\n chunked", body: "0\r\n\r\n\(smuggled)"),
    Case("a vertical tab", fields: "Transfer-Encoding: \u{0B}chunked", body: "0\r\n\r\n\(smuggled)"),
    Case("chunks in HTTP/1.0", "GET /livez HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\(smuggled)"),
    Case("bare LF", "GET /livez HTTP/1.1\nHost: x\n\n\(smuggled)"),
    Case("bare LF in a field", fields: "A: b\nTransfer-Encoding: chunked", body: smuggled),
    Case("bare CR in a field", fields: "A: b\rTransfer-Encoding: chunked", body: smuggled),
    Case("NUL in a field", fields: "A: b\u{0}c", body: smuggled),
    Case("chunk size with a sign", fields: "Transfer-Encoding: chunked", body: "+0\r\n\r\n\(smuggled)"),
    Case("chunk size with a prefix", fields: "Transfer-Encoding: chunked", body: "0x0\r\n\r\n\(smuggled)"),
    Case("chunk size with a space", fields: "Transfer-Encoding: chunked", body: "0 \r\n\r\n\(smuggled)"),
    Case(
      "chunk size that overflows", fields: "Transfer-Encoding: chunked", body: "10000000000000000\r\n\(smuggled)", 413),
    Case("chunk longer than its size", fields: "Transfer-Encoding: chunked", body: "1\r\nxx\r\n0\r\n\r\n\(smuggled)"),
    Case("chunk size and bare LF", fields: "Transfer-Encoding: chunked", body: "1\nx\r\n0\r\n\r\n\(smuggled)"),
    Case("extension with bare LF", fields: "Transfer-Encoding: chunked", body: "1;a\nx\r\n0\r\n\r\n\(smuggled)"),
    Case("trailer with bare LF", fields: "Transfer-Encoding: chunked", body: "0\r\nA: b\n\r\n\(smuggled)"),
  ]

  static let malformed = [
    Case("no Host", "GET /livez HTTP/1.1\r\n\r\n"),
    Case("two Hosts", fields: "Host: x"),
    Case("two Hosts in HTTP/1.0", "GET /livez HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n"),
    Case("a bad Host", "GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n"),
    Case("a Host with a path", "GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    Case("a Host with a bad port", "GET /livez HTTP/1.1\r\nHost: a:8o\r\n\r\n"),
    Case("no Host in absolute form", "GET http://x/livez HTTP/1.1\r\n\r\n"),
    Case("HTTP/0.9", "GET /livez\r\n\r\n"),
    Case("a space too many", "GET  /livez HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a space at the end", "GET /livez HTTP/1.1 \r\nHost: x\r\n\r\n"),
    Case("a tab", "GET\t/livez HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a space first", " GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a lower-case version", "GET /livez http/1.1\r\nHost: x\r\n\r\n"),
    Case("no slash", "GET livez HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("asterisk with GET", "GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("CONNECT with a path", "CONNECT /livez HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a fragment", "GET /livez#x HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("half an escape", "GET /live%7 HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a bad escape", "GET /live%zz HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("an escaped NUL", "GET /livez%00 HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a byte beyond ASCII", "GET /livez\u{E9} HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a bad method", "G(T /livez HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a line without a colon", fields: "nonsense"),
    Case("a field without a name", fields: ": nonsense"),
    Case("a bad name", fields: "a{b: c"),
    Case("space before the first field", "GET /livez HTTP/1.1\r\n Host: x\r\n\r\n"),
    Case("empty lines without end", "\r\n\r\n\r\n\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("TLS", "\u{16}\u{3}\u{1}\u{0}\u{1}\u{0}\u{0}\u{FC}"),
    Case("an unknown expectation", fields: "Expect: cake", 417),
    Case("an unknown method", "BREW /livez HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    Case("a method in lower case", "get /livez HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    Case("an endless method", "\(many) /livez HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    Case("HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    Case("HTTP/3.0", "GET /livez HTTP/3.0\r\nHost: x\r\n\r\n", 505),
    Case("HTTP/0.9 by name", "GET /livez HTTP/0.9\r\nHost: x\r\n\r\n", 505),
  ]

  static let oversize = [
    Case("a target of 8193 bytes", "GET /\(many) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    Case("an endless target", "GET /\(many)\(many)\(many)", 414),
    Case("a head of more than 16 KiB", fields: "A: \(many)\r\nB: \(many)", 431),
    Case("an endless field", "GET /livez HTTP/1.1\r\nHost: x\r\nA: \(many)\(many)\(many)", 431),
    Case("an endless name", "GET /livez HTTP/1.1\r\nHost: x\r\n\(many)\(many)\(many)", 431),
    Case("101 fields", fields: Array(repeating: "A: b", count: 100).joined(separator: "\r\n"), 431),
    Case("a length of 8193", fields: "Content-Length: 8193", body: many + "x", 413),
    Case("a length beyond all numbers", fields: "Content-Length: 99999999999999999999999999", 413),
    Case(
      "chunks of 8193 bytes", fields: "Transfer-Encoding: chunked", body: "2000\r\n\(many)\r\n1\r\nx\r\n0\r\n\r\n", 413),
    Case("one chunk of 8193 bytes", fields: "Transfer-Encoding: chunked", body: "2001\r\n", 413),
    Case("endless extensions", fields: "Transfer-Encoding: chunked", body: "1;\(many)"),
    Case("endless trailers", fields: "Transfer-Encoding: chunked", body: "0\r\nA: \(many)\(many)\(many)", 431),
  ]

  @Test(arguments: smuggling + malformed + oversize)
  func `a request is refused and its connection closed`(test: Case) throws {
    let service = try SharedServices.service(isHealthy: true)
    for isInPieces in [false, true] {
      let socket = try service.connect()
      if isInPieces { try send(test.request, inPiecesOver: socket) } else { try socket.send(test.request) }
      let answer = try socket.readResponse()
      #expect(answer.status == test.status)
      #expect(answer["connection"] == "close")
      #expect(answer["content-type"] == "text/plain; charset=utf-8")
      #expect(answer["content-length"] == "\(answer.body.count)")
      #expect(answer["cache-control"] == "no-store")
      #expect(answer["x-content-type-options"] == "nosniff")
      #expect(HTTPMatrixTests.isRecent(answer["date"] ?? ""))
      #expect(answer.text.hasPrefix("\(test.status) \(answer.reason)"))
      // Neither a second answer nor anything of what was sent.
      #expect(answer.text.utf8.count < 100)
      #expect(socket.isClosedByPeer())
    }
    #expect(try service.get("/readyz").status == 200)
  }

  @Test func `what is at the limit is served`() throws {
    let service = try SharedServices.service(isHealthy: true)
    let target = "/livez?" + String(repeating: "x", count: 8192 - 7)
    let fields = Array(repeating: "A: b\r\n", count: 99).joined()
    let start = "GET /livez HTTP/1.1\r\nHost: x\r\nA: "
    let filler = String(repeating: "x", count: 16384 - start.utf8.count - 4)
    for request in [
      "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: x\r\n\(fields)\r\n",
      "\(start)\(filler)\r\n\r\n",
      "GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2000\r\n\(Self.many)\r\n0\r\n\r\n",
    ] {
      let socket = try service.connect()
      try socket.send(request + request)
      #expect(try socket.readResponse().status == 200)
      #expect(try socket.readResponse().status == 200)
    }
  }

  @Test func `answers before a refused request arrive too`() throws {
    let socket = try SharedServices.service(isHealthy: true).connect()
    try socket.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\nBREW /pot HTTP/1.1\r\nHost: x\r\n\r\n\(Self.smuggled)")
    #expect(try socket.readResponse().status == 200)
    #expect(try socket.readResponse().status == 501)
    #expect(socket.isClosedByPeer())
  }

  @Test(arguments: [
    "", "\r\n", "G", "GET ", "GET /livez HTTP/1.1\r\nHost: x\r\n", "GET /livez HTTP/1.1\r\nHost: x\r\n\r",
    "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
    "GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n",
  ])
  func `a truncated request is no request`(text: String) throws {
    let socket = try SharedServices.service(isHealthy: true).connect()
    try socket.send(text)
    socket.finishSending()
    #expect(try socket.readToEnd().isEmpty)
  }

  /// Sends single bytes, or of long requests pieces of 97, until the peer has had enough.
  private func send(_ request: String, inPiecesOver socket: RawSocket) throws {
    let bytes = Array(request.utf8)
    let size = bytes.count > 1000 ? 97 : 1
    for start in stride(from: 0, to: bytes.count, by: size) {
      guard (try? socket.send(Array(bytes[start..<min(start + size, bytes.count)]))) != nil else { return }
    }
  }
}
