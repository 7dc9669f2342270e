import HTTP
import Testing

/// A request that must not be served, and what it would do to a server that did.
struct RejectedRequest: CustomTestStringConvertible {
  let why: String
  let bytes: [UInt8]
  let rejection: Rejection

  init(_ text: String, _ rejection: Rejection, _ why: String) {
    bytes = Array(text.utf8)
    self.rejection = rejection
    self.why = why
  }

  /// A request with `fields` beside Host.
  init(fields: String, _ rejection: Rejection, _ why: String) {
    self.init("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n", rejection, why)
  }

  var testDescription: String { why }

  static let lines = [
    Self(
      "GET / HTTP/1.1\nHost: a\n\n", .bareLF, "A proxy that wants CRLF sees one endless line where we saw a request."),
    Self("GET / HTTP/1.1\rHost: a\r\r", .bareCR, "Some readers end a line at a CR."),
    Self(fields: "A: b\nC: d", .bareLF, "The second field is there for one reader and part of a value for another."),
    Self(fields: "A: b\rContent-Length: 5", .bareCR, "A field hidden behind a CR."),
    Self(fields: "A\nB: c", .bareLF, "A line end inside a name."),
    Self("GET / HTTP/1.1\r\nHost: a\r\n\rX", .bareCR, "The empty line is not one."),
    Self("\rGET / HTTP/1.1\r\n\r\n", .bareCR, "A CR before the request line."),
    Self("\r\n\r\n\r\n\r\n\r\n", .emptyLines, "A peer that sends empty lines for ever never starts a request."),
    Self("\nGET / HTTP/1.0\r\n\r\n", .bareLF, "A LF before the request line."),
    Self(fields: "A: b\r\n c", .foldedLine, "One reader joins the lines, the other sees a new field (RFC 9112 5.2)."),
    Self("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedLine, "White space before the first field (RFC 9112 2.2)."),
    Self(fields: "A: b\r\n\t", .foldedLine, "A line of white space is no empty line."),
    Self(fields: "Content-Length : 5", .spaceBeforeColon, "A proxy may drop the field, and we take it (RFC 9112 5.1)."),
    Self(fields: "Transfer-Encoding\t: chunked", .spaceBeforeColon, "The same with a tab."),
    Self(fields: ": b", .emptyFieldName, "A field without a name."),
    Self(fields: "no colon", .spaceBeforeColon, "A line that is no field, with a space."),
    Self(fields: "nocolon", .missingColon, "A line that is no field."),
    Self(fields: "A(b): c", .invalidFieldName, "A delimiter in a name."),
    Self(fields: "A\u{00E9}: c", .invalidFieldName, "A name that is not ASCII."),
    Self(fields: "A\0: c", .invalidFieldName, "NUL ends a C string, and the name with it."),
    Self(fields: "A: b\0c", .controlCharacter, "NUL ends a C string, and the value with it."),
    Self(fields: "A: b\u{1B}[2Jc", .controlCharacter, "An escape sequence for the terminal of who reads the log."),
    Self(fields: "A: \u{7F}", .controlCharacter, "DEL is a control character too."),
  ]

  static let requestLines = [
    Self("GET /\r\n", .missingVersion, "An HTTP/0.9 request has no fields, so no Host and no length."),
    Self("GET /\n", .missingVersion, "The same with a bare LF."),
    Self("GET\r\n", .malformedMethod, "A method alone."),
    Self("GET\n", .bareLF, "A method alone with a bare LF."),
    Self(" GET / HTTP/1.1\r\n", .malformedMethod, "A space before the method."),
    Self("G@T / HTTP/1.1\r\n", .malformedMethod, "A method that is no token."),
    Self("GET\t/ HTTP/1.1\r\n", .malformedMethod, "Tabs split the line for some readers."),
    Self("\u{16}\u{03}\u{01}", .malformedMethod, "A TLS handshake on a plain port is refused at its first byte."),
    Self("GET  / HTTP/1.1\r\n", .malformedTarget, "Two spaces: an empty target."),
    Self("GET /  HTTP/1.1\r\n", .malformedVersion, "Two spaces: which is the target, which the version?"),
    Self("GET /a b HTTP/1.1\r\n", .malformedVersion, "A space in the target moves the version."),
    Self("GET /\0 HTTP/1.1\r\n", .malformedTarget, "NUL in the target."),
    Self("GET /\t HTTP/1.1\r\n", .malformedTarget, "A tab in the target."),
    Self("GET /\u{00E9} HTTP/1.1\r\n", .malformedTarget, "A target that is not ASCII."),
    Self(
      "GET /a#b HTTP/1.1\r\n", .malformedTarget, "A fragment is never sent; one reader cuts it off, another does not."),
    Self("GET /%zz HTTP/1.1\r\n", .malformedEscape, "An escape of no digits."),
    Self("GET /%4 HTTP/1.1\r\n", .malformedEscape, "An escape cut short by the target's end."),
    Self("GET /% HTTP/1.1\r\n", .malformedEscape, "A percent sign alone."),
    Self("GET /%00 HTTP/1.1\r\n", .malformedEscape, "An escaped NUL, after which a C string ends."),
    Self("GET health HTTP/1.1\r\n", .malformedTarget, "A path without its slash."),
    Self("GET * HTTP/1.1\r\n", .malformedTarget, "The asterisk is for OPTIONS."),
    Self("GET ftp://a/ HTTP/1.1\r\n", .malformedTarget, "Another scheme."),
    Self("GET a:80 HTTP/1.1\r\n", .malformedTarget, "An authority is for CONNECT."),
    Self("CONNECT / HTTP/1.1\r\n", .malformedTarget, "CONNECT takes an authority."),
    Self("GET / HTTP/1.1 \r\n", .malformedVersion, "A space behind the version."),
    Self("GET / http/1.1\r\n", .malformedVersion, "The protocol's name is case-sensitive."),
    Self("GET / HTTP/11\r\n", .malformedVersion, "No point."),
    Self("GET / HTTP/1.10\r\n", .malformedVersion, "Two digits: 1.1 with something behind, or 1.10?"),
    Self("GET / HTTP/1.1\r\r\n", .bareCR, "Two CR."),
    Self("GET / HTTP/1.1\n", .bareLF, "A request line that ends in LF."),
    Self("GET / HTTP/2.0\r\n", .versionNotSupported, "Another major version has another syntax."),
    Self("GET / HTTP/0.9\r\n", .versionNotSupported, "So has an older one."),
    Self("PRI * HTTP/2.0\r\n", .versionNotSupported, "The preface of HTTP/2 with prior knowledge."),
    Self("BREW / HTTP/1.1\r\n", .methodNotImplemented, "A method that nobody here knows."),
    Self("get / HTTP/1.1\r\n", .methodNotImplemented, "Methods are case-sensitive."),
    Self(String(repeating: "A", count: 33), .methodNotImplemented, "A method without end is not waited for."),
  ]

  static let meanings = [
    Self("GET / HTTP/1.1\r\n\r\n", .missingHost, "RFC 9112 3.2 demands the answer 400."),
    Self("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost, "Two names: one routed by, one served."),
    Self("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", .repeatedHost, "In HTTP/1.0 too."),
    Self("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .malformedHost, "A path in Host."),
    Self("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .malformedHost, "User information in Host."),
    Self("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .malformedHost, "Two names in Host."),
    Self("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", .malformedHost, "A port that is no number."),
    Self("GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", .malformedHost, "An IPv6 address without brackets."),
    Self("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .malformedHost, "A bracket left open."),
    Self("GET / HTTP/1.1\r\nHost: []\r\n\r\n", .malformedHost, "Brackets around nothing."),
    Self("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", .malformedHost, "Something behind the brackets."),
    Self(fields: "Expect: 200-ok", .expectationFailed, "An expectation that cannot be met."),
    Self(fields: "Expect:", .expectationFailed, "An empty expectation."),
    Self(
      fields: "Content-Length: 5\r\nTransfer-Encoding: chunked", .contentLengthAndTransferEncoding,
      "CL.TE: the proxy counts five bytes, we read chunks, the rest is the next request."),
    Self(fields: "Transfer-Encoding: chunked\r\nContent-Length: 0", .contentLengthAndTransferEncoding, "TE.CL."),
    Self(
      fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", .unsupportedTransferEncoding,
      "TE.TE: one reader takes the first, the other the last."),
    Self(
      fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .unsupportedTransferEncoding,
      "Chunked may be applied only once."),
    Self(fields: "Transfer-Encoding: xchunked", .unsupportedTransferEncoding, "A reader that searches finds chunked."),
    Self(
      fields: "Transfer-Encoding: chunked, gzip", .unsupportedTransferEncoding, "The end of the body cannot be told."),
    Self(
      fields: "Transfer-Encoding: gzip, chunked", .unsupportedTransferEncoding, "A coding that is not removed here."),
    Self(fields: "Transfer-Encoding: \"chunked\"", .unsupportedTransferEncoding, "A quoted coding."),
    Self(fields: "Transfer-Encoding: chunked;a=b", .unsupportedTransferEncoding, "Chunked has no parameters."),
    Self(fields: "Transfer-Encoding:", .unsupportedTransferEncoding, "An empty coding."),
    Self(fields: "Transfer-Encoding: \u{0B}chunked", .controlCharacter, "A vertical tab that some readers trim."),
    Self(
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10,
      "An HTTP/1.0 proxy does not know chunks: RFC 9112 6.1 calls the framing faulty."),
    Self(fields: "Content-Length: 5\r\nContent-Length: 6", .conflictingContentLengths, "Each reader picks one."),
    Self(fields: "Content-Length: 5, 6", .conflictingContentLengths, "The same in a list."),
    Self(fields: "Content-Length: 5,", .malformedContentLength, "A list with an empty element."),
    Self(fields: "Content-Length:", .malformedContentLength, "No number is not 0."),
    Self(fields: "Content-Length: -1", .malformedContentLength, "A sign."),
    Self(fields: "Content-Length: +5", .malformedContentLength, "A sign that strtol takes."),
    Self(fields: "Content-Length: 0x5", .malformedContentLength, "Hexadecimal is 0 or 5."),
    Self(fields: "Content-Length: 5 5", .malformedContentLength, "A space inside is 5 or 55."),
    Self(fields: "Content-Length: 5.0", .malformedContentLength, "A fraction."),
    Self(fields: "Content-Length: 8193", .bodyTooLarge, "One byte more than is read."),
    Self(fields: "Content-Length: 18446744073709551621", .bodyTooLarge, "5 in 64 bits that wrap round."),
    Self(fields: "Content-Length: " + String(repeating: "9", count: 400), .bodyTooLarge, "A number without end."),
  ]

  /// None of these has its last line end: the answer must not wait for it.
  static let sizes = [
    Self("GET /" + String(repeating: "x", count: 8192), .targetTooLong, "A target one byte too long."),
    Self("GET /" + String(repeating: "x", count: 20_000), .targetTooLong, "A target longer than the header block."),
    Self("GET / HTTP/1.1\r\nA: " + String(repeating: "x", count: 16_384), .headTooLarge, "A value without end."),
    Self("GET / HTTP/1.1\r\n" + String(repeating: "x", count: 16_384), .headTooLarge, "A name without end."),
    Self("GET / HTTP/1.1\r\nA:" + String(repeating: " ", count: 16_384), .headTooLarge, "White space without end."),
    Self("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 101), .tooManyFields, "A field too many."),
    Self(
      "GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 100) + "C", .tooManyFields,
      "Its first byte is enough."),
  ]
}

struct `Request parser refuses` {
  @Test(
    arguments: RejectedRequest.lines + RejectedRequest.requestLines + RejectedRequest.meanings + RejectedRequest.sizes)
  func `what cannot be served`(request: RejectedRequest) {
    var parser = RequestParser()
    #expect(atGuardPage(request.bytes) { parser.parse($0) } == .rejected(request.rejection))
    #expect(requestProblem(request.bytes) == nil)
  }

  @Test(arguments: [
    (Rejection.bareCR, 400), (.missingHost, 400), (.bodyTooLarge, 413), (.targetTooLong, 414),
    (.expectationFailed, 417),
    (.headTooLarge, 431), (.tooManyFields, 431), (.methodNotImplemented, 501), (.versionNotSupported, 505),
  ]) func `with the status for the reason`(rejection: Rejection, status: Int) {
    #expect(rejection.status.code == status)
  }

  @Test func `with a reason that is its own`() {
    let reasons = Rejection.allCases.map { "\($0.reason)" }
    #expect(Set(reasons).count == reasons.count)
  }

  @Test(arguments: [
    "", "\r", "\r\n", "G", "GET ", "GET /", "GET /%4", "GET / ", "GET / HTTP/1.1", "GET / HTTP/1.1\r",
    "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHos", "GET / HTTP/1.1\r\nHost: a\r", "GET / HTTP/1.1\r\nHost: a\r\n\r",
    "GET /" + String(repeating: "x", count: 8191), "GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 100),
    "GET / HTTP/1.1\r\nA: " + String(repeating: "x", count: 16_383 - 19),
  ]) func `nothing that may become a request yet`(text: String) {
    var parser = RequestParser()
    #expect(Array(text.utf8).withUnsafeBytes { parser.parse($0) } == .incomplete)
    #expect(requestProblem(Array(text.utf8)) == nil)
  }

  @Test func `small limits in the same way`() {
    var limits = Limits()
    (limits.headerBlock, limits.target, limits.fields, limits.body) = (64, 8, 2, 3)
    let requests =
      [
        ("GET /1234567 HTTP/1.0\r\n\r\n", nil), ("GET /12345678 HTTP/1.0\r\n\r\n", .targetTooLong),
        ("GET / HTTP/1.0\r\nA:\r\nB:\r\nC:\r\n\r\n", .tooManyFields),
        ("GET / HTTP/1.0\r\nContent-Length: 4\r\n\r\n", .bodyTooLarge),
        ("GET / HTTP/1.0\r\nA: 3456789012345678901234567890123456789012345\r\n\r\n", .headTooLarge),
      ] as [(String, Rejection?)]
    for (text, rejection) in requests {
      let bytes = Array(text.utf8)
      var parser = RequestParser(limits: limits)
      let outcome = bytes.withUnsafeBytes { parser.parse($0) }
      if let rejection { #expect(outcome == .rejected(rejection)) }
      #expect(requestProblem(bytes, limits: limits) == nil)
    }
  }
}
