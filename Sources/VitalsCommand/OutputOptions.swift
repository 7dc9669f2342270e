import ArgumentParser

/// How a command tells its results.
enum OutputFormat: String, ExpressibleByArgument, Sendable {
  case text, json
  /// Test results in XML.
  case junit
}

/// A command whose results programs read too.
protocol ReportingCommand: ParsableCommand {
  /// What `--format` takes.
  static var formats: [OutputFormat] { get }
}

extension ReportingCommand {
  static var formats: [OutputFormat] { [.text, .json] }

  /// `text or json`.
  fileprivate static var formatsText: String {
    let names = formats.map(\.rawValue)
    return "\(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")"
  }
}

/// The flags that decide what results look like.
struct OutputOptions<Command: ReportingCommand>: ParsableArguments, Sendable {
  @Option(help: .init("\(Command.formatsText).", valueName: "format"))
  var format = OutputFormat.text

  @Flag(help: "Leave out colour, also on a terminal. (NO_COLOR)")
  var noColor = false

  var output: CommandOutput { CommandOutput(format, usesColor: !noColor) }

  func validate() throws {
    guard Command.formats.contains(format) else {
      throw ValidationError("--format \(format): use \(Command.formatsText)")
    }
  }
}
