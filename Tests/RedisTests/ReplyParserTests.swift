import Health
import Testing

@testable import Redis

@Suite struct ReplyParserTests {
  private static let replies: [(String, [Reply])] = [
    ("+PONG\r\n", [.status("PONG")]),
    ("+\r\n", [.status("")]),
    ("-ERR no\r\n", [.error("ERR no")]),
    (":1000\r\n:-1\r\n", [.integer(1000), .integer(-1)]),
    (":9223372036854775807\r\n", [.integer(.max)]),
    ("$5\r\nhello\r\n", [.bulk(Array("hello".utf8))]),
    ("$0\r\n\r\n", [.bulk([])]),
    ("$4\r\n\r\n\r\n\r\n", [.bulk([13, 10, 13, 10])]),
    ("$-1\r\n", [.null]),
    ("*-1\r\n", [.null]),
    ("*0\r\n", [.array([])]),
    ("*3\r\n:1\r\n$-1\r\n+a\r\n", [.array([.integer(1), .null, .status("a")])]),
    (
      "*2\r\n*2\r\n:1\r\n*0\r\n-ERR x\r\n+next\r\n",
      [.array([.array([.integer(1), .array([])]), .error("ERR x")]), .status("next")]
    ),
    ("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:7\r\n", [nested(.integer(7), 7)]),
  ]

  private static func nested(_ reply: Reply, _ depth: Int) -> Reply {
    depth == 0 ? reply : .array([nested(reply, depth - 1)])
  }

  private func parse(_ chunks: [ArraySlice<UInt8>], limit: Int = 1024) throws -> [Reply] {
    let parser = try ReplyParser(limit: limit)
    var replies: [Reply] = []
    for chunk in chunks {
      try parser.feed(Array(chunk))
      while let reply = try parser.next() { replies.append(reply) }
    }
    return replies
  }

  @Test(arguments: replies)
  func `replies are the same wherever the stream is cut`(text: String, expected: [Reply]) throws {
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      #expect(try parse([bytes[..<cut], bytes[cut...]]) == expected)
    }
    #expect(try parse(bytes.indices.map { bytes[$0...$0] }) == expected)
  }

  @Test(arguments: replies)
  func `a reply that is cut off is no reply, and leaves nothing behind`(text: String, expected: [Reply]) throws {
    let bytes = Array(text.utf8)
    for cut in 0..<bytes.count {
      #expect(try parse([bytes[..<cut]]).count < expected.count)
    }
  }

  @Test(arguments: [
    "HTTP/1.1 400 Bad Request\r\n\r\n", "\0\0\0\0", "E\0\0\0\u{8}SERROR\0\0", "*1\r\nx\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
    // Nested deeper than hiredis goes.
    String(repeating: "*1\r\n", count: 20) + ":1\r\n",
  ])
  func `what is no reply is refused`(text: String) {
    let error = #expect(throws: RedisError.self) { try parse([Array(text.utf8)[...]]) }
    #expect(error?.reason == .protocol)
  }

  @Test(arguments: [
    "*2147483647\r\n", "*1000000000\r\n:1\r\n", "$536870912\r\n", "$9223372036854775807\r\n", "*-2\r\n", "$-2\r\n",
    "*99999999999999999999\r\n", "$abc\r\n", ":abc\r\n", "*abc\r\n", ":\r\n", "$\r\n", "*\r\n", "$3\r\nabcde\r\n",
    "*3\r\n$1000000000\r\n*2000000000\r\n", "*2\r\n+a\r\nx", "+\0\r\n", "-\r\n", "*1\r\n*1073741824\r\n*1073741824\r\n",
  ])
  func `hostile headers reserve no memory and do no harm`(text: String) {
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      _ = try? parse([bytes[..<cut], bytes[cut...]])
    }
  }

  @Test func `a reply above the limit is refused, many below it are not`() throws {
    let reply = Array("$100\r\n\(String(repeating: "x", count: 100))\r\n".utf8)
    #expect(try parse(Array(repeating: reply[...], count: 50), limit: 200).count == 50)
    let large = Array("$300\r\n\(String(repeating: "x", count: 300))\r\n".utf8)
    #expect(throws: RedisError.self) { try parse(large.indices.map { large[$0...$0] }, limit: 200) }
    let endless = Array("*2000000000\r\n".utf8) + Array(repeatElement(Array(":1\r\n".utf8), count: 100).joined())
    let error = #expect(throws: RedisError.self) { try parse(endless.indices.map { endless[$0...$0] }, limit: 200) }
    #expect(error?.reason == .protocol)
  }

  @Test func `random bytes never crash it`() {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("+-:$*0123456789\r\n\r\n\r\nab".utf8)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 1...40, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      _ = try? parse(bytes.indices.map { bytes[$0...$0] })
    }
  }

  @Test func `text is had from strings only`() {
    #expect(Reply.status("OK").text == "OK")
    #expect(Reply.bulk([0x61, 0xff]).text == "a\u{fffd}")
    #expect(Reply.integer(1).text == nil)
    #expect(Reply.error("ERR").text == nil)
  }

  @Test func `a command is encoded as an array of bulk strings`() {
    let encoded = String(decoding: Command.encoded(["SET", "", "zü\r\n"]), as: UTF8.self)
    #expect(encoded == "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$5\r\nzü\r\n\r\n")
  }
}
