import Foundation
import HTTP
import Testing

struct `Writers` {
  /// 1994-11-06 08:49:37 UTC, the date in RFC 9110 section 5.6.7.
  private let time: Int64 = 784_111_777

  private func text(_ write: (inout [UInt8]) -> Void) -> String {
    var output: [UInt8] = []
    write(&output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `write a response's head`() {
    var writer = ResponseWriter()
    let text = text {
      writer.append(
        .ok, at: time, fields: [Field("Content-Length", "12345"), Field("Cache-Control", "no-store")], to: &$0)
    }
    #expect(
      text == """
        HTTP/1.1 200 OK\r
        Date: Sun, 06 Nov 1994 08:49:37 GMT\r
        Content-Length: 12345\r
        Cache-Control: no-store\r
        \r

        """)
  }

  @Test(
    arguments: [
      (.persistent, ""), (.close, "Connection: close\r\n"), (.keepAlive, "Connection: keep-alive\r\n"),
    ] as [(ResponseWriter.Connection, String)])
  func `tell about the connection`(connection: ResponseWriter.Connection, line: String) {
    var writer = ResponseWriter()
    let text = text { writer.append(.serviceUnavailable, at: time, connection: connection, to: &$0) }
    let start = "HTTP/1.1 503 Service Unavailable\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    #expect(text == start + line + "\r\n")
  }

  @Test func `follow the clock, back too`() {
    var writer = ResponseWriter()
    let dates = [time, time, time + 1, time - 1].map { time in
      text { writer.append(.ok, at: time, to: &$0) }.split(separator: "\r\n")[1].suffix(6)
    }
    #expect(dates == ["37 GMT", "37 GMT", "38 GMT", "36 GMT"])
  }

  @Test(arguments: Status.allCases) func `write what the response parser reads`(status: Status) throws {
    var writer = ResponseWriter()
    let text = text { writer.append(status, at: time, fields: [Field("Content-Length", "0")], to: &$0) }
    let bytes = Array(text.utf8)
    let transcript = response(bytes, cuts: [], to: .get, GuardedBuffer(capacity: bytes.count))
    if status != .continue {
      #expect(transcript.head?.status == status.code)
      #expect(transcript.hasEnded && transcript.used == bytes.count)
    }
  }

  @Test func `let no value start another line`() {
    let field = Field("A\r\nB", "c\r\nSet-Cookie: d\n\0\u{7F}\t")
    let expected = "A  B: c  Set-Cookie: d    \r\n"
    var writer = ResponseWriter()
    #expect(text { writer.append(.ok, at: time, fields: [field], to: &$0) }.hasSuffix(expected + "\r\n"))
    let request = text { RequestWriter.append(.get, target: "/", host: "a\r\nb", fields: [field], to: &$0) }
    #expect(request == "GET / HTTP/1.1\r\nHost: a  b\r\n" + expected + "\r\n")
  }

  @Test func `write a request's head that the request parser reads`() {
    let text = text {
      RequestWriter.append(
        .post, target: "/v1.41/tasks?filters={\"a\": \u{E9}}\r\n", host: "docker",
        fields: [Field("Connection", "close")], to: &$0)
    }
    let target = "/v1.41/tasks?filters={\"a\":%20%C3%A9}%0D%0A"
    #expect(text == "POST \(target) HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
    var parser = RequestParser()
    guard case .complete(let head, text.utf8.count) = Array(text.utf8).withUnsafeBytes({ parser.parse($0) }) else {
      Issue.record("not complete")
      return
    }
    #expect(!head.keepsAlive)
  }

  @Test func `format dates as Foundation does`() {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    // Every 37th day and a bit, past leap years of all kinds.
    for time in stride(from: Int64(0), through: 253_402_300_799, by: 37 * 86_400 + 12_345).prefix(5000) {
      #expect(
        text { IMFFixdate.append(time, to: &$0) } == formatter.string(from: Date(timeIntervalSince1970: Double(time))))
    }
    for (time, date) in [
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
      (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"), (-1, "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] {
      #expect(text { IMFFixdate.append(time, to: &$0) } == date)
    }
  }
}
