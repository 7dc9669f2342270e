import HTTP
import Testing

struct `Response parser` {
  private func read(_ text: String, to method: Method = .get) -> Transcript {
    let bytes = Array(text.utf8)
    #expect(responseProblem(bytes, to: method) == nil)
    return response(bytes, cuts: [], to: method, GuardedBuffer(capacity: bytes.count))
  }

  @Test func `reads the head of an Engine's answer`() throws {
    let transcript = read(
      """
      HTTP/1.1 200 OK\r
      Api-Version: 1.41\r
      Content-Type:  application/json \r
      X-Twice: a\r
      x-twice: b\r
      Content-Length: 2\r
      \r
      []
      """)
    let head = try #require(transcript.head)
    #expect(head.status == 200)
    #expect(head.version == .http11)
    #expect(head.keepsAlive)
    #expect(head["api-version"] == "1.41")
    #expect(head["content-type"] == "application/json")
    #expect(head["x-twice"] == "a")
    #expect(head["server"] == nil)
    #expect(head.fields.count == 5)
    #expect(transcript.body == Array("[]".utf8))
    #expect(transcript.hasEnded)
  }

  /// What a case sends, and how many of its bytes are of the response; the rest is the next one's.
  @Test(
    arguments: [
      (.get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "hello", .length(5)),
      (.get, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", .length(0)),
      (.head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "", .none),
      (.head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "", .none),
      (.get, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "", .none),
      (.get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", .none),
      (.connect, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "", .none),
      (.post, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: tcp\r\n\r\n", "", .none),
      (
        .put, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nA: b\r\n\r\nHTTP/1.1 201 \r\nContent-Length: 1\r\n\r\n",
        "x",
        .length(1)
      ),
    ] as [(Method, String, String, ResponseHead.Body)])
  func `finds the end of the body`(method: Method, head: String, body: String, framing: ResponseHead.Body) {
    let transcript = read(head + body + "HTTP/1.1 200", to: method)
    #expect(transcript.head?.body == framing)
    #expect(String(decoding: transcript.body, as: UTF8.self) == body)
    #expect(transcript.hasEnded)
    #expect(transcript.used == head.utf8.count + body.utf8.count)
    #expect(transcript.rejectionAtClose == nil)
  }

  @Test func `decodes chunks`() {
    let coded = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[{}\r\n1;x\r\n]\r\n0\r\nT: v\r\n\r\n"
    let transcript = read(coded + "rest")
    #expect(String(decoding: transcript.body, as: UTF8.self) == "[{}]")
    #expect(transcript.hasEnded)
    #expect(transcript.used == coded.utf8.count)
  }

  @Test(arguments: ["HTTP/1.0 200 OK\r\n\r\nhello", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"])
  func `takes a body up to the connection's end`(text: String) {
    let transcript = read(text)
    #expect(transcript.head?.body == .untilClose)
    #expect(transcript.head?.keepsAlive == false)
    #expect(transcript.body == Array("hello".utf8))
    #expect(transcript.hasEnded)
  }

  @Test(arguments: [
    ("HTTP/1.1 204\r\n\r\n", true), ("HTTP/1.1 204\r\nConnection: close\r\n\r\n", false),
    ("HTTP/1.0 204\r\n\r\n", false), ("HTTP/1.0 204\r\nConnection: keep-alive\r\n\r\n", true),
  ]) func `says whether the connection goes on`(text: String, keepsAlive: Bool) {
    #expect(read(text).head?.keepsAlive == keepsAlive)
  }

  @Test(
    arguments: [
      ("", .noResponse, "A server that closes an idle connection."),
      ("HTTP/1.1 2", .truncated, "In the status line."),
      ("HTTP/1.1 200 OK\r\nA: b\r\n", .truncated, "In the head."),
      ("HTTP/1.1 100 Continue\r\n\r\n", .truncated, "After an interim response."),
      ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", .truncated, "In a body of known length."),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", .truncated, "Before the last chunk."),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", .truncated, "In the last chunk."),
    ] as [(String, Rejection, String)]) func `refuses what is cut off`(text: String, rejection: Rejection, why: String)
  {
    let transcript = read(text)
    #expect(transcript.rejection == nil)
    #expect(transcript.rejectionAtClose == rejection, "\(why)")
    #expect(!transcript.hasEnded)
  }

  @Test(
    arguments: [
      ("SSH-2.0-OpenSSH_9.2\r\n", .malformedStatusLine, "Another protocol."),
      ("-ERR unknown command\r\n", .malformedStatusLine, "Redis."),
      ("\u{15}\u{03}\u{01}", .malformedStatusLine, "A TLS alert."),
      ("HTTP/1.1 200 OK\n", .malformedStatusLine, "A bare LF."),
      ("HTTP/1.1 200 OK\rA", .bareCR, "A bare CR."),
      ("HTTP/1.1 20 OK\r\n", .malformedStatusLine, "Two digits."),
      ("HTTP/1.1 2000\r\n", .malformedStatusLine, "Four digits."),
      ("HTTP/1.1 099 Low\r\n", .malformedStatusLine, "No such class."),
      ("HTTP/1.1  200 OK\r\n", .malformedStatusLine, "Two spaces."),
      ("HTTP/2.0 200 OK\r\n", .versionNotSupported, "Another version."),
      ("HTTP/1.1 200 OK\r\nA : b\r\n", .spaceBeforeColon, "A space before the colon."),
      ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n", .foldedLine, "A folded line."),
      ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .conflictingContentLengths, "Two lengths."),
      ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n", .malformedContentLength, "No number."),
      (
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .contentLengthAndTransferEncoding,
        "A response split in two for whoever reads the other field."
      ),
      (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", .unsupportedTransferEncoding,
        "We never asked for it."
      ),
      ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10, "Faulty framing."),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello", .malformedChunkSize, "No chunks."),
      ("HTTP/1.1 200 OK\r\nA: " + String(repeating: "x", count: 65_536), .headTooLarge, "A head without end."),
      (String(repeating: "HTTP/1.1 102\r\n\r\n", count: 4096), .headTooLarge, "Interim responses without end."),
      ("HTTP/1.1 200 OK\r\n" + String(repeating: "A:\r\n", count: 1001), .tooManyFields, "Fields without end."),
    ] as [(String, Rejection, String)]) func `refuses`(text: String, rejection: Rejection, why: String)
  {
    #expect(read(text).rejection == rejection, "\(why)")
  }

  @Test func `goes back to nothing once the response has ended`() throws {
    var parser = ResponseParser(to: .get)
    let bytes = Array("HTTP/1.1 204 No Content\r\n\r\n{}".utf8)
    try bytes.withUnsafeBytes { bytes in
      var offset = 0
      while try parser.next(bytes, from: &offset) != nil {}
      #expect(offset == bytes.count - 2)
      #expect(try parser.next(bytes, from: &offset) == nil)
      #expect(try parser.finish() == nil)
    }
  }
}
