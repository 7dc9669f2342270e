import ArgumentParser
import EventLoop
import FoundationEssentials
import Glibc
import Health
import Operations
import Scoring
import Vitals

/// `vitals check`: whether the stack is well, as a number with its reasons, for people, cron and CI.
struct Check: OperatorCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check services, nodes, databases and queues, and give the whole a score from 0 to 100.",
    discussion: """
      The swarm is asked here and now. What no engine knows (PostgreSQL, Redis, Celery, disks) comes from the stack's vitals: from \
      its container, where one runs on this engine, or from --vitals-url with the token of VITALS_TOKEN or VITALS_TOKEN_FILE.

      EXAMPLES
        vitals check
        vitals check --stack pilito --url site=http://127.0.0.1:8000/health/
        vitals check --format junit > check.xml
        vitals check --vitals-url http://10.0.0.11:8080

      \(exitCodes([
        (0, "healthy: 90 or more"), (1, "degraded: 70 to 89"), (2, "critical: below 70"),
        (5, "no manager, no quorum, no answer, or too old an engine"), (64, "a flag is wrong, or there is no such stack"),
      ]))
      """)

  static let formats: [OutputFormat] = [.text, .json, .junit]
  static let stackText = "the only one that there is, or all"

  @OptionGroup var operatorOptions: OperatorOptions<Check>
  @OptionGroup var stackOptions: StackOptions<Check>
  @OptionGroup var vitalsOptions: VitalsOptions

  @Option(
    help: .init("An HTTP endpoint that has to answer below 400: NAME=http://...; repeatable.", valueName: "endpoint"))
  var url: [String] = []

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let definitions = try url.map { text throws(OperationError) in try endpoint(text) }
    let report = try await report(context, definitions)
    switch context.output.format {
    case .junit: print(report.junit)
    case .text, .json:
      context.output.tell(context.output.render(CheckView(report, width: terminalWidth()).lines), report)
    }
    // The band is the result, and no failure of the command.
    if report.score.band.exitCode != 0 { Glibc.exit(report.score.band.exitCode) }
  }

  private func report(
    _ context: OperatorContext, _ definitions: [CheckDefinition]
  ) async throws(OperationError) -> CheckReport {
    let survey: Survey
    let stack: String?
    do throws(OperationError) {
      try await context.manager.check(before: context.deadline)
      stack = try await stackOptions.resolveIfAny(context, orElse: .usage)
      survey = try await context.manager.survey(at: Date().timeIntervalSince1970, before: context.deadline)
    } catch {
      // 1 would say that the stack is degraded, and 4 is no band.
      guard error.kind == .failed || error.kind == .deadline else { throw error }
      throw OperationError(.noManager, error.message, advice: error.advice)
    }
    let others = await vitalsOptions.score(stack: stack, context)
    var endpoints: [Facts.Endpoint] = []
    for definition in definitions { endpoints.append(await ask(definition, context)) }
    return CheckReport(
      StatusReport(survey, stack: stack), swarm: survey.facts(of: stack), others: others, endpoints: endpoints)
  }

  private func endpoint(_ text: String) throws(OperationError) -> CheckDefinition {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw OperationError(.usage, "--url \(text): not NAME=http://host[:port][/path]")
    }
    do {
      return try CheckDefinition(String(parts[0]), kind: .http, url: String(parts[1]))
    } catch {
      throw OperationError(.usage, "--url \(error.problems.map(\.message).joined(separator: "; "))")
    }
  }

  private func ask(_ definition: CheckDefinition, _ context: OperatorContext) async -> Facts.Endpoint {
    let check = definition.make(context.loop)
    do throws(CheckFailure) {
      try await check.check(before: min(context.deadline, .now + .seconds(5)))
      return Facts.Endpoint(name: definition.name, .up)
    } catch {
      let detail = error.detail.isEmpty ? error.reason.explanation : error.detail
      return Facts.Endpoint(name: definition.name, .down(detail))
    }
  }
}
