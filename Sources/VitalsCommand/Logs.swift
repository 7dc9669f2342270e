import ArgumentParser
import Engine
import EventLoop
import FoundationEssentials
import Operations
import Vitals

/// `vitals logs`: what services have written, in the order of the times.
struct Logs: OperatorCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what services have written, in the order of the times.",
    discussion: """
      Each line begins with the service, the slot and the node: web.1@node2. Without a service all of the stack are shown. \
      Without --since and --since-deploy there are the last 100 lines.

      EXAMPLES
        vitals logs web --tail 20
        vitals logs --since 15m
        vitals logs web celery --since-deploy --follow
        vitals logs web --format json

      \(exitCodes("done"))
      """)

  static let timeoutText = "60s; with --follow none"

  @OptionGroup var operatorOptions: OperatorOptions<Logs>
  @OptionGroup var stackOptions: StackOptions<Logs>

  @Flag(name: .shortAndLong, help: "Go on with what is written from now on; Ctrl-C ends it.")
  var follow = false

  @Flag(help: "Begin where the version that runs now was deployed.")
  var sinceDeploy = false

  @Option(help: .init("Begin so long ago, as 15m, or at a time, as 2026-11-23T08:00:00Z.", valueName: "time"))
  var since: String?

  @Option(help: .init("How many of the last lines, or all.", valueName: "lines"))
  var tail: String?

  @Flag(help: "Begin each line with its time.")
  var timestamps = false

  @Argument(help: .init("The services, with or without the stack's name.", valueName: "service"))
  var services: [String] = []

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let start = try beginning()
    let limit = try lineLimit()
    try await context.manager.check(before: context.deadline)
    let stack = try await stackOptions.resolve(context)
    let all = try await context.manager.liveServices(of: stack, before: context.deadline)
    let chosen = try context.services(services, among: all)
    var origins: [LogReader.Origin] = []
    for service in chosen {
      var options = LogStream.Options()
      options.tail = limit
      options.since = start
      options.hasTerminal = service.specification["TaskTemplate"]["ContainerSpec"]["TTY"] == .bool(true)
      if sinceDeploy { options.since = try await context.manager.presentSince(service, before: context.deadline) }
      origins.append(LogReader.Origin(service: service, options: options))
    }
    let names = try await context.manager.logNames(of: chosen, before: context.deadline)
    let reader = LogReader(origins, names, LogPrinter(context.output, showsTimes: timestamps), context)
    try await reader.readPast(limit)
    if follow { try await reader.follow() }
  }

  /// From when on, in seconds since 1970.
  private func beginning() throws(OperationError) -> Double? {
    guard let since else { return nil }
    if sinceDeploy { throw OperationError(.usage, "--since and --since-deploy say different things: use one") }
    if let duration = DurationText.parse(since) { return Date().timeIntervalSince1970 - duration.inSeconds }
    if let time = Timestamp(since) { return time.seconds }
    throw OperationError(.usage, "--since: \(since) is neither a duration, as 15m, nor a time, as 2026-11-23T08:00:00Z")
  }

  /// How many lines; nil for all.
  private func lineLimit() throws(OperationError) -> Int? {
    guard let tail else { return since == nil && !sinceDeploy ? 100 : nil }
    if tail == "all" { return nil }
    guard let count = Int(tail), count >= 0 else {
      throw OperationError(.usage, "--tail: \(tail) is neither a number nor all")
    }
    return count
  }
}
