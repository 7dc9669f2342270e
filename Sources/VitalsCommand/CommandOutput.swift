import EventLoop
import FoundationEssentials
import Glibc
import Operations

/// Where a command tells what it does: results on standard output, as text or as JSON lines; progress and errors on
/// standard error.
struct CommandOutput: Sendable {
  let format: OutputFormat
  /// Whether standard output takes colour: a terminal, and nobody asked for none.
  let usesColor: Bool
  /// Whether standard error is a terminal, on which a line may be written over.
  let isInteractive: Bool

  init(_ format: OutputFormat, usesColor: Bool) {
    self.format = format
    let isDumb = variable("NO_COLOR") != nil || variable("TERM") == "dumb"
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
    writeError("\r\u{1B}[K\(text)\(text.isEmpty ? "" : "\r")")
  }

  /// `text` as it is to look, where there is colour.
  func paint(_ text: String, _ style: TextStyle) -> String { render([TextLine(text, style)]) }

  func render(_ lines: [TextLine]) -> String {
    lines.map { $0.rendered(color: usesColor) }.joined(separator: "\n")
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

  /// `value` as one line of JSON.
  func tell(json value: some Encodable) {
    let encoder = JSONEncoder.ordered
    guard let data = try? encoder.encode(value) else { return }
    print(String(decoding: data, as: UTF8.self))
  }
}

extension Duration {
  /// In seconds, to a tenth.
  var roundedSeconds: Double { (inSeconds * 10).rounded() / 10 }
}
