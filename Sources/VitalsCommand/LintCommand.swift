import ArgumentParser
import Operations
import Scoring

/// `vitals lint`: what will go wrong with a stack file in a swarm.
struct LintCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Find what goes wrong with a stack file in a swarm.",
    discussion: """
      Several files are one stack: each further one overrides those before. No engine is asked.

      A rule that does not fit a service is allowed there by x-vitals: {allow: [RULE]}.

      EXAMPLES
        vitals lint
        vitals lint docker-compose.swarm.yml override.yml --strict
        vitals lint --format json | jq -r '.findings[].rule'

      \(exitCodes([
        (0, "no errors"), (1, "errors; with --strict also warnings"), (64, "a file can't be read, or is no stack file"),
      ]))
      """)

  @OptionGroup var outputOptions: OutputOptions<LintCommand>

  @Argument(help: .init("Stack files. (VITALS_STACK_FILE) (default: \(StackFileOptions.standard))", valueName: "file"))
  var files: [String] = []

  @Flag(help: "Fail for warnings too.")
  var strict = false

  func run() throws {
    struct Result: Encodable {
      var findings: [LintFinding]
      var errors: Int
      var warnings: Int
      var infos: Int
    }
    let output = outputOptions.output
    do throws(OperationError) {
      let lint = Lint(try StackFile.load(files, naming: "as an argument"))
      let (errors, warnings) = (lint.count(.error), lint.count(.warning))
      output.tell(
        lint.text(output),
        Result(findings: lint.findings, errors: errors, warnings: warnings, infos: lint.count(.info)))
      if errors > 0 || strict && warnings > 0 { throw OperationError(.failed, "") }
    } catch {
      if !error.message.isEmpty { output.fail(error, command: "lint") }
      throw ExitCode(error.kind.rawValue)
    }
  }
}

extension Lint {
  /// The findings with advice, and how many there are.
  func text(_ output: CommandOutput) -> String {
    var lines = findings.flatMap { finding -> [String] in
      let style: TextStyle = finding.severity == .error ? .bad : finding.severity == .warning ? .warn : .faint
      return [output.paint(finding.line, style), "    \(finding.advice)"]
    }
    lines.append(findings.isEmpty ? "nothing found" : summary)
    return lines.joined(separator: "\n")
  }

  /// How many there are: `1 error, 2 warnings, 3 infos`.
  var summary: String {
    [LintFinding.Severity.error, .warning, .info].map { severity in
      counted(count(severity), severity.rawValue)
    }.joined(separator: ", ")
  }
}
