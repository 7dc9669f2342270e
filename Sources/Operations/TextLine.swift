/// How a piece of text is to look, where there is colour.
package enum TextStyle: Sendable {
  case plain, good, warn, bad, faint, bold, inverse

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

/// How long something took or lasts, in its two largest units: `4 s`, `3 min`, `2 h 10 min`, `5 d 3 h`.
package func ageText(_ seconds: Double) -> String {
  let seconds = Int(min(max(0, seconds), 1e12))
  let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
  if seconds < 60 { return "\(seconds) s" }
  if minutes < 60 { return "\(minutes) min" }
  if hours < 24 { return minutes % 60 == 0 ? "\(hours) h" : "\(hours) h \(minutes % 60) min" }
  return hours % 24 == 0 || days > 30 ? "\(days) d" : "\(days) d \(hours % 24) h"
}

/// A number of bytes with the unit in which people read it: `512 MiB`, `1.5 GiB`.
package func byteText(_ bytes: Int64) -> String {
  let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
  var (value, unit) = (Double(max(0, bytes)), 0)
  while value >= 1000, unit < units.count - 1 {
    value /= 1024
    unit += 1
  }
  return "\(decimalText(value)) \(units[unit])"
}

/// A number with one digit behind the point where that tells something: `0.5`, `3`, `12`.
package func decimalText(_ value: Double) -> String {
  let tenths = Int((min(max(value, -1e15), 1e15) * 10).rounded())
  return tenths % 10 == 0 || abs(tenths) >= 1000 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
}
