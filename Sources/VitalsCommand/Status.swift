import ArgumentParser
import EventLoop
import FoundationEssentials
import Glibc
import Operations

/// `vitals status`: the swarm and the stack on one screen.
struct Status: OperatorCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show managers, nodes and services, and why a service is not healthy.",
    discussion: """
      Replicas are counted where they really run: a task on a node that is down does not count, though docker service ls counts it \
      for a day. Where the two differ, it is said.

      EXAMPLES
        vitals status
        vitals status --stack pilito
        vitals status --format json
      """)

  @OptionGroup var operatorOptions: OperatorOptions
  @OptionGroup var stackOptions: StackOptions

  func perform(_ context: OperatorContext) async throws(OperationError) {
    try await context.manager.check(before: context.deadline)
    let stack = stackOptions.name == nil ? nil : try await stackOptions.resolve(context)
    let survey = try await context.manager.survey(at: Date().timeIntervalSince1970, before: context.deadline)
    let report = StatusReport(survey, stack: stack)
    let lines = StatusView(report, width: terminalWidth()).lines
    context.output.tell(lines.map { $0.rendered(color: context.output.usesColor) }.joined(separator: "\n"), report)
  }
}

/// The columns of the terminal that standard output is, nil where it is none.
func terminalWidth() -> Int? {
  var size = winsize()
  guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
    return nil
  }
  return max(40, Int(size.ws_col))
}
