import ArgumentParser
import Engine
import EventLoop
import Glibc
import Operations
import Swarm

/// `vitals run`: runs a command once, in what a service's tasks run in.
struct Run: OperatorCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a command once in a service's image, with its environment, secrets, configs, volumes and networks.",
    discussion: """
      The swarm runs it as a job on a node where the service may run; what it writes is shown as it comes, and the job is \
      removed afterwards, also after Ctrl-C. The command takes the place of the service's own; the entrypoint stays. The exit \
      code is the command's own, unless it did not come to its end.

      EXAMPLES
        vitals run web -- python manage.py migrate
        vitals run web --timeout 10m -- python manage.py collectstatic --no-input
        vitals run celery -- celery -A pilito inspect stats

      \(exitCodes("the command ended with 0"))
      """)
  static let ordinaryTimeout = Duration.seconds(3600)
  static let stackText = "any"

  @OptionGroup var operatorOptions: OperatorOptions<Run>
  @OptionGroup var stackOptions: StackOptions<Run>

  @Argument(help: .init("The service whose image and surroundings are used.", valueName: "service"))
  var service: String

  @Argument(parsing: .postTerminator, help: .init("The command, behind --.", valueName: "command"))
  var arguments: [String] = []

  func validate() throws {
    if arguments.isEmpty { throw ValidationError("What is to be run? vitals run \(service) -- COMMAND") }
  }

  private struct Outcome: Encodable {
    var job: String
    var service: String
    var exitCode: Int
  }

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let manager = context.manager
    try await manager.check(before: context.deadline)
    let stack = stackOptions.name == nil ? nil : try await stackOptions.resolve(context)
    let found = try await manager.service(named: service, in: stack, before: context.deadline)
    let job = try await Job(from: found, arguments: arguments, with: manager, before: context.deadline)
    // Not all of it: arguments may be secrets.
    let action = "run \(found.name) -- \(arguments[0])"
    let code = try await context.audited(action: action) { () throws(OperationError) in
      let code: Int
      do throws(OperationError) {
        let registryAuth = DigestResolver(context).header(for: ImageReference(job.image))
        try await job.start(registryAuth: registryAuth, before: context.deadline)
        context.output.progress("started \(job.name)")
        code = try await follow(job, context)
      } catch {
        await remove(job, context)
        throw error
      }
      await remove(job, context)
      return code
    }
    if context.output.format == .json {
      context.output.tell("", Outcome(job: job.name, service: found.name, exitCode: code))
    }
    fflush(nil)
    if code != 0 {
      context.output.progress("the command ended with exit code \(code)")
      Self.exit(withError: ExitCode(Int32(truncatingIfNeeded: code)))
    }
  }

  /// Shows what the command writes until it has ended.
  private func follow(_ job: Job, _ context: OperatorContext) async throws(OperationError) -> Int {
    let printer = JobPrinter(context.output)
    // A log that is followed keeps its connection busy.
    let reader = Manager(context.host, on: context.loop)
    let deadline = context.deadline
    context.loop.spawn { await reader.follow(job, before: deadline) { printer.take($0) } }
    var told = ""
    while true {
      let state = try await job.state(before: context.deadline)
      if case .ended(let code, let reason) = state {
        // What the stream has not brought yet; from here on it prints nothing.
        var count = 0
        try await context.manager.wholeLog(of: job, before: context.deadline) { printer.finish($0, number: &count) }
        if let reason { context.output.progress(reason) }
        return code
      }
      if case .waiting(let reason) = state, !reason.isEmpty, reason != told {
        context.output.progress("waiting: \(reason)")
        told = reason
      }
      // Before the next question would be cut off by it.
      guard Instant.now + .seconds(1) < context.deadline else {
        throw OperationError(
          .deadline, "the command was not over in time\(told.isEmpty ? "" : ": \(told)")",
          advice: "It was ended. --timeout gives it more time.")
      }
      try await context.pause(.milliseconds(300))
    }
  }

  private func remove(_ job: Job, _ context: OperatorContext) async {
    do throws(OperationError) {
      // The command's own time may be over.
      let loop = context.loop
      try await job.remove(
        Waiting(before: .now + job.gracePeriod + .seconds(60)) { await loop.sleep(until: .now + $0) })
    } catch {
      context.output.progress(
        "\(job.name) could not be removed (\(error.message)); vitals cleanup does, once the command has ended")
    }
  }
}

/// Prints a job's log, of which two readers see the same lines in the same order.
private final class JobPrinter: @unchecked Sendable {
  private struct Line: Encodable {
    var stream: String
    var line: String
  }

  private let output: CommandOutput
  private var count = 0
  private var isFinished = false

  init(_ output: CommandOutput) { self.output = output }

  /// The next line of the log that is followed.
  func take(_ line: LogLine) {
    guard !isFinished, line.source != .engine else { return }
    count += 1
    show(line)
  }

  /// A line of the whole log, which is printed where the log that was followed has not brought it.
  ///
  /// - Parameter number: how many came before it.
  func finish(_ line: LogLine, number: inout Int) {
    isFinished = true
    guard line.source != .engine else { return }
    number += 1
    if number > count { show(line) }
  }

  private func show(_ line: LogLine) {
    if output.format == .json {
      output.tell("", Line(stream: line.source == .stderr ? "stderr" : "stdout", line: line.text))
    } else if line.source == .stderr {
      complain(line.text)
    } else {
      print(line.text)
    }
    fflush(nil)
  }
}
