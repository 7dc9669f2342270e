import HTTP
import Testing

private func withValue<T>(_ text: String?, _ body: (UnsafeRawBufferPointer?) -> T) -> T {
  guard let text else { return body(nil) }
  return atGuardPage(Array(text.utf8)) { body($0) }
}

struct `Accept negotiation` {
  @Test(
    arguments: [
      (nil, 1000),
      ("", 0),
      ("*/*", 1000),
      ("text/*;q=0.3", 300),
      ("TEXT/Plain ; Q=0.25", 250),
      ("text/html, */*;q=0.1", 100),
      ("text/plain;q=0, */*", 0),
      ("*/*;q=0.9, text/*;q=0.5, text/plain;q=0.2, text/plain;version=0.0.4;q=0.1", 100),
      ("text/plain;version=1.0.0, text/plain;q=0.4", 400),
      ("text/plain;version=\"0.0.4\";q=0.7", 700),
      ("text/plain;charset=utf-8", 0),
      ("text/plain;;q=1.000", 1000),
      ("text/plain;q=1.001", 0),
      ("text/plain;q=2", 0),
      ("text/plain;q=0.1234", 0),
      ("text/plain;q=", 0),
      ("text/plain;q=.5", 0),
      ("text/plain;q=x, text/plain;q=0.6", 600),
      ("text/plain;q=0.2, text/plain;q=0.6", 200),
      ("text/html;a=\",text/plain\", text/plain;q=0.8", 800),
      ("text/html;a=\"\\\",text/plain\";b", 0),
      ("text/html;a=\"\\", 0),
      (", ,text/plain", 1000),
      ("text", 0),
      ("/*", 0),
      ("*", 0),
    ] as [(String?, Int)]) func `gives the quality of a type`(value: String?, quality: Int)
  {
    #expect(withValue(value) { Accept($0).quality(of: "text/plain;version=0.0.4") } == quality)
  }

  private static let expositions: [StaticString] = [
    "text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0", "text/html",
  ]

  @Test(
    arguments: [
      (nil, 0),
      ("*/*", 0),
      ("text/html", 2),
      ("image/png", nil),
      ("*/*;q=0", nil),
      ("text/html, text/plain", 0),
      ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 2),
      (
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
          + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", 1
      ),
      ("text/plain;version=0.0.4;q=1,*/*;q=0.1", 0),
      ("application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", 0),
    ] as [(String?, Int?)]) func `chooses the best that is offered`(value: String?, index: Int?)
  {
    #expect(withValue(value) { Accept($0).best(of: Self.expositions) } == index)
  }
}

struct `Gzip negotiation` {
  @Test(
    arguments: [
      (nil, false),
      ("", false),
      ("gzip", true),
      ("GZIP", true),
      ("x-gzip", true),
      ("deflate, gzip;q=0.5", true),
      ("gzip;q=0", false),
      ("gzip;q=0.000, *", false),
      ("*, gzip;q=0", false),
      ("*", true),
      ("*;q=0", false),
      ("*;q=0, gzip", true),
      ("identity", false),
      ("br, deflate", false),
      ("gzip;q=x", false),
      ("notgzip", false),
    ] as [(String?, Bool)]) func `says whether gzip is taken`(value: String?, isTaken: Bool)
  {
    #expect(withValue(value) { AcceptEncoding.acceptsGzip($0) } == isTaken)
  }
}
