import ArgumentParser
import EventLoop
import FoundationEssentials
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

      \(exitCodes("done, healthy or not"))
      """)

  static let stackText = "all"

  @OptionGroup var operatorOptions: OperatorOptions<Status>
  @OptionGroup var stackOptions: StackOptions<Status>

  func perform(_ context: OperatorContext) async throws(OperationError) {
    try await context.manager.check(before: context.deadline)
    let stack = stackOptions.name == nil ? nil : try await stackOptions.resolve(context)
    let survey = try await context.manager.survey(at: Date().timeIntervalSince1970, before: context.deadline)
    let report = StatusReport(survey, stack: stack)
    context.output.tell(context.output.render(StatusView(report, width: terminalWidth()).lines), report)
  }
}
