/// A piece of an HTML document.
///
/// Written as a string literal, which is markup, with pieces, numbers and `\(text: name)` in it. Text is escaped, and there is
/// no other way for a string that is not a literal to get into a page.
struct HTML: ExpressibleByStringInterpolation {
  /// UTF-8.
  private(set) var bytes: [UInt8]

  init() { bytes = [] }

  init(stringLiteral markup: String) { bytes = Array(markup.utf8) }

  init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.bytes }

  var isEmpty: Bool { bytes.isEmpty }

  static func += (html: inout HTML, other: HTML) { html.bytes += other.bytes }

  struct StringInterpolation: StringInterpolationProtocol {
    /// No text of ours is longer, and what is cut there can't make a page huge.
    private static let textLimit = 256

    fileprivate var bytes: [UInt8] = []

    init(literalCapacity: Int, interpolationCount: Int) {
      bytes.reserveCapacity(literalCapacity + interpolationCount * 16)
    }

    mutating func appendLiteral(_ markup: String) { bytes += markup.utf8 }

    mutating func appendInterpolation(_ html: HTML) { bytes += html.bytes }

    mutating func appendInterpolation(_ number: Int) { bytes += String(number).utf8 }

    /// Appends text, as content or as the value of an attribute in double quotes.
    mutating func appendInterpolation(text: String) {
      for (index, scalar) in text.unicodeScalars.enumerated() {
        if index == Self.textLimit { return bytes += "…".utf8 }
        switch scalar {
        case "&": bytes += "&amp;".utf8
        case "<": bytes += "&lt;".utf8
        case ">": bytes += "&gt;".utf8
        case "\"": bytes += "&quot;".utf8
        case "'": bytes += "&#39;".utf8
        default: bytes += (scalar.isAllowed ? scalar : "\u{FFFD}").utf8
        }
      }
    }
  }
}

extension Sequence<HTML> {
  /// One after another.
  func joined(_ separator: HTML = HTML()) -> HTML {
    var whole = HTML()
    for (index, piece) in enumerated() {
      if index > 0 { whole += separator }
      whole += piece
    }
    return whole
  }
}

extension Unicode.Scalar {
  /// Whether a document may hold it: control characters and noncharacters are errors there (HTML 13.2.3.5).
  fileprivate var isAllowed: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0xFDD0...0xFDEF: false
    default: value & 0xFFFE != 0xFFFE
    }
  }
}
