import HTTP
import Testing

struct `Request target` {
  private func withTarget<T>(_ text: String, _ body: (RequestTarget) -> T) -> T {
    atGuardPage(Array(text.utf8)) { body(RequestTarget($0)) }
  }

  @Test(
    arguments: [
      ("/", .origin, "/", ""),
      ("/health/", .origin, "/health/", ""),
      ("/metrics?name[]=up", .origin, "/metrics", "name[]=up"),
      ("/a?b?c", .origin, "/a", "b?c"),
      ("/a?", .origin, "/a", ""),
      ("/%68ealth%2Flive", .origin, "/health/live", ""),
      ("//a/../b", .origin, "//a/../b", ""),
      ("/a+b", .origin, "/a+b", ""),
      ("/a%3Fb?c", .origin, "/a?b", "c"),
      ("http://host:80/a/b?c", .absolute, "/a/b", "c"),
      ("HTTPS://host/", .absolute, "/", ""),
      ("http://host", .absolute, "/", ""),
      ("http://host?c", .absolute, "/", "c"),
      ("*", .asterisk, "*", ""),
      ("host:443", .authority, "", ""),
    ] as [(String, RequestTarget.Form, String, String)])
  func `is taken apart`(text: String, form: RequestTarget.Form, path: String, query: String) {
    let (gotForm, gotPath, gotQuery) = withTarget(text) { target in
      (
        target.form, target.withPath { String(decoding: $0, as: UTF8.self) },
        String(decoding: target.rawQuery, as: UTF8.self)
      )
    }
    #expect(gotForm == form)
    #expect(gotPath == path)
    #expect(gotQuery == query)
  }

  @Test func `gives the path in place where it has no escape`() {
    let bytes = Array("/health/live?brief".utf8)
    bytes.withUnsafeBytes { bytes in
      RequestTarget(bytes).withPath { #expect($0.baseAddress == bytes.baseAddress) }
    }
  }

  @Test(arguments: [
    ("", []),
    ("brief", [("brief", "")]),
    ("name[]=x&name[]=y", [("name[]", "x"), ("name[]", "y")]),
    ("name%5B%5D=a%20b+c%2B", [("name[]", "a b c+")]),
    ("&&a=1&", [("a", "1")]),
    ("a=b=c&=d&e=", [("a", "b=c"), ("", "d"), ("e", "")]),
    ("a=%C3%A9&b=%FF", [("a", "\u{E9}"), ("b", "\u{FFFD}")]),
    ("a=\"x&y\"", [("a", "\"x"), ("y\"", "")]),
    ("a=%2&b=%zz&c=%", [("a", "%2"), ("b", "%zz"), ("c", "%")]),
  ]) func `has parameters`(query: String, items: [(String, String)]) {
    let found = withTarget("/?" + query) { Array($0.query) }
    #expect(found.map(\.name) == items.map(\.0))
    #expect(found.map(\.value) == items.map(\.1))
  }
}
