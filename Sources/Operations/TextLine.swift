/// How a piece of text is to look, where there is colour.
package enum TextStyle: Equatable, Sendable {
  case plain, good, warn, bad, faint, bold, inverse
  /// One of several that tell things apart by their number.
  case distinct(Int)

  /// The parameter of SGR (ECMA-48), nil for none.
  var code: String? {
    switch self {
    case .plain: nil
    case .good: "32"
    case .warn: "33"
    case .bad: "31"
    case .faint: "2"
    case .bold: "1"
    case .inverse: "7"
    case .distinct(let number): ["36", "32", "33", "35", "34"][number % 5]
    }
  }
}

/// A line for a terminal or a file, made of pieces that look different.
///
/// Whatever is put into it becomes printable first, so that no name or error of somebody else's can move the cursor.
package struct TextLine: Equatable, Sendable, ExpressibleByStringLiteral {
  struct Span: Equatable, Sendable {
    var text: String
    var style: TextStyle
  }

  private(set) var spans: [Span] = []

  package init(_ text: String = "", _ style: TextStyle = .plain) { add(text, style) }

  package init(stringLiteral text: String) { self.init(text) }

  /// Without styles.
  package var text: String { spans.map(\.text).joined() }

  /// In columns, of which each character takes one.
  package var width: Int { spans.reduce(0) { $0 + $1.text.count } }

  package mutating func add(_ text: String, _ style: TextStyle = .plain) {
    if !text.isEmpty { spans.append(Span(text: text.printable, style: style)) }
  }

  package static func += (line: inout TextLine, other: TextLine) { line.spans += other.spans }

  /// Takes away the spaces at the end.
  mutating func trim() {
    while let last = spans.last, last.text.allSatisfy({ $0 == " " }) { spans.removeLast() }
  }

  /// The line with all of it in one style.
  package func styled(_ style: TextStyle) -> TextLine { TextLine(text, style) }

  /// At most `width` columns of it, the last one an ellipsis where something was left out.
  package func cut(to width: Int) -> TextLine {
    guard self.width > width else { return self }
    var line = TextLine()
    var rest = max(0, width - 1)
    for span in spans where rest > 0 {
      let text = String(span.text.prefix(rest))
      line.add(text, span.style)
      rest -= text.count
    }
    if width > 0 { line.add("…", .faint) }
    return line
  }

  /// The line with spaces up to `width` columns, in the style of the last piece where that shows.
  package func padded(to width: Int) -> TextLine {
    var line = self
    let style: TextStyle = spans.last?.style == .inverse ? .inverse : .plain
    line.add(String(repeating: " ", count: max(0, width - self.width)), style)
    return line
  }

  /// The line's bytes, with escape sequences only if `color` says so.
  package func rendered(color: Bool) -> String {
    guard color else { return text }
    return spans.map { span in span.style.code.map { "\u{1B}[\($0)m\(span.text)\u{1B}[0m" } ?? span.text }.joined()
  }
}

extension String {
  /// The text with a mark in place of what would do something to a terminal: control characters, escape sequences, line
  /// breaks, and characters that turn the direction of writing.
  package var printable: String {
    let isPlain = unicodeScalars.allSatisfy { !$0.isControl }
    if isPlain { return self }
    var scalars = String.UnicodeScalarView()
    for scalar in unicodeScalars { scalars.append(scalar.isControl ? (scalar == "\t" ? " " : "\u{FFFD}") : scalar) }
    return String(scalars)
  }

  /// The text in lines of at most `width` columns, broken between words where that is possible.
  package func wrapped(to width: Int) -> [String] {
    let width = max(1, width)
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ") {
      var word = word
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      while word.count > width {
        lines.append(String(word.prefix(width)))
        word = word.dropFirst(width)
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    return line.isEmpty ? lines : lines + [line]
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}
