import Testing

/// What HTTP/1.0, Host, Connection and methods that no path knows do to the answer and to the connection after it.
@Suite(.timeLimit(.minutes(1)))
struct HTTPVersionTests {
  struct Case: CustomStringConvertible {
    var request: String
    var status = 200
    /// The value of Connection in the answer; nil for none.
    var connection: String?
    /// Whether the connection goes on.
    var goesOn = true
    var description: String { request.debugDescription }
  }

  static let cases = [
    Case(request: "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case(request: "\r\nGET /livez HTTP/1.1\r\nhOsT: x:80\r\nconnection: keep-alive\r\n\r\n"),
    Case(request: "GET /livez HTTP/1.1\r\nHost:\r\n\r\n"),
    Case(request: "GET /livez HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"),
    Case(request: "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", connection: "close", goesOn: false),
    Case(
      request: "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: TE, Close\r\n\r\n", connection: "close", goesOn: false),
    Case(request: "GET /livez HTTP/1.9\r\nHost: x\r\n\r\n"),
    // HAProxy's default check.
    Case(request: "OPTIONS / HTTP/1.0\r\n\r\n", status: 204, connection: "close", goesOn: false),
    Case(request: "OPTIONS /readyz HTTP/1.0\r\n\r\n", connection: "close", goesOn: false),
    Case(request: "GET /livez HTTP/1.0\r\n\r\n", connection: "close", goesOn: false),
    Case(request: "GET /livez HTTP/1.0\r\nHost: x\r\n\r\n", connection: "close", goesOn: false),
    Case(request: "GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", connection: "keep-alive"),
    Case(request: "HEAD /livez HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", connection: "keep-alive"),
    Case(
      request: "GET /livez HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", connection: "close", goesOn: false),
    Case(request: "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", status: 204),
    Case(request: "CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", status: 405),
    // Bodies are read for the sake of the next request, and otherwise ignored.
    Case(request: "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
    Case(request: "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nGET /"),
    Case(
      request:
        "GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=\"b\"\r\nGET /\r\n0\r\nA: b\r\n\r\n"),
    Case(request: "POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nx=1", status: 405),
    Case(request: "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nx=1", status: 404),
    Case(
      request: "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 8192\r\n\r\n\(String(repeating: "x", count: 8192))"),
    // Whoever waits for a 100 gets the final answer instead (RFC 9110 section 10.1.1).
    Case(
      request: "POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n", status: 405,
      connection: "close", goesOn: false),
  ]

  @Test(arguments: cases) func `the answer and the connection after it`(test: Case) throws {
    let service = try SharedServices.service(isHealthy: true)
    let isHead = test.request.contains("HEAD")
    for isInPieces in [false, true] {
      let socket = try service.connect()
      if isInPieces { try socket.sendByteByByte(test.request) } else { try socket.send(test.request) }
      let answer = try socket.readResponse(toHead: isHead)
      #expect(answer.status == test.status)
      #expect(answer["connection"] == test.connection)
      guard test.goesOn else {
        #expect(socket.isClosedByPeer())
        continue
      }
      try socket.send("GET /readyz?brief HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      #expect(try socket.readResponse().text == "{\"status\":\"pass\"}")
      #expect(socket.isClosedByPeer())
    }
  }

  @Test func `a hundred pipelined requests are answered in order`() throws {
    let service = try SharedServices.service(isHealthy: true)
    let paths = ["/livez", "/metrics", "/nowhere", "/health/", "/"]
    let socket = try service.connect()
    try socket.send(
      (0..<100).map { "GET \(paths[$0 % paths.count]) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
    for index in 0..<100 {
      let answer = try socket.readResponse()
      let start = ["{\"status\":\"pass\"}", "# HELP", "404", "{\"status\":\"pass\",", "<!doctype"][index % paths.count]
      #expect(answer.text.hasPrefix(start))
    }
    socket.finishSending()
    #expect(try socket.readToEnd().isEmpty)
  }

  @Test func `a client that has finished sending still gets its answer`() throws {
    let socket = try SharedServices.service(isHealthy: true).connect()
    try socket.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    socket.finishSending()
    #expect(try socket.readResponse().status == 200)
    #expect(try socket.readToEnd().isEmpty)
  }
}
