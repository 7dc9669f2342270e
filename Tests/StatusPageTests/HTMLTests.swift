import Testing

@testable import StatusPage

@Suite struct HTMLTests {
  private func text(_ text: String) -> String {
    let html: HTML = "\(text: text)"
    return String(decoding: html.bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ("shop_web", "shop_web"), ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("\" onload='x'", "&quot; onload=&#39;x&#39;"), ("a&b&amp;", "a&amp;b&amp;amp;"), ("é\u{1F600}", "é\u{1F600}"),
    ("a\0b\u{1b}\u{7f}\u{85}\n", "a\u{FFFD}b\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
    (String(UnicodeScalar(0xFFFF) ?? "x"), "\u{FFFD}"),
    ("", ""),
  ])
  func `text can't become markup`(text: String, escaped: String) { #expect(self.text(text) == escaped) }

  @Test func `text without end is cut`() {
    #expect(text(String(repeating: "a", count: 256)).utf8.count == 256)
    #expect(text(String(repeating: "a", count: 1_000_000)) == String(repeating: "a", count: 256) + "…")
  }

  @Test func `pieces and numbers stay as they are`() {
    let piece: HTML = "<b>\(-3)</b>"
    let whole: HTML = "<p>\(piece)\([piece, piece].joined(", "))</p>"
    #expect(String(decoding: whole.bytes, as: UTF8.self) == "<p><b>-3</b><b>-3</b>, <b>-3</b></p>")
  }
}
