import FoundationEssentials
import Glibc
import Operations

/// Where a command tells what it does: results on standard output, as text or as JSON lines; progress and errors on
/// standard error.
struct CommandOutput: Sendable {
  enum Color: String {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case magenta = "35"
    case cyan = "36"
    case faint = "2"
    case bold = "1"
  }

  let format: OutputFormat
  /// Whether standard output takes colour: a terminal, and nobody asked for none.
  let usesColor: Bool
  /// Whether standard error is a terminal, on which a line may be written over.
  let isInteractive: Bool

  init(_ format: OutputFormat, usesColor: Bool) {
    self.format = format
    let variables = environment()
    let isDumb = variables["NO_COLOR"].map { !$0.isEmpty } ?? false || variables["TERM"] == "dumb"
    self.usesColor = usesColor && !isDumb && isatty(STDOUT_FILENO) == 1
    isInteractive = isatty(STDERR_FILENO) == 1 && !isDumb
  }

  /// A result: `text` for people, or `value` as one line of JSON.
  func tell(_ text: @autoclosure () -> String, _ value: some Encodable) {
    switch format {
    case .text, .junit: print(text())
    case .json: tell(json: value)
    }
  }

  /// What is on the way; a line in a log reads as well as one on a terminal.
  func progress(_ text: String) {
    if format == .text { complain(text) }
  }

  /// Writes over the present line of a terminal; the next `progress` begins where it began.
  func overwrite(_ text: String) {
    let bytes = Array("\r\u{1B}[K\(text)\(text.isEmpty ? "" : "\r")".utf8)
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// `text` in a colour, where there is colour.
  func paint(_ text: String, _ color: Color) -> String {
    usesColor ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// Why the command ends without having done what it was asked to.
  func fail(_ error: OperationError, command: String) {
    struct Failure: Encodable {
      var error: String
      var advice: String?
      var exitCode: Int32
    }
    if format == .json {
      tell(json: Failure(error: error.message, advice: error.advice, exitCode: error.kind.rawValue))
    }
    complain("vitals \(command): \(error)")
  }

  private func tell(json value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { return }
    print(String(decoding: data, as: UTF8.self))
  }
}
