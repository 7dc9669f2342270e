import Engine
import EventLoop
import Glibc
import Operations
import Swarm

/// Reads the logs of several services at a time, and prints them as one.
///
/// It lives on the loop's thread, like the tasks that it starts there.
final class LogReader: @unchecked Sendable {
  struct Origin: Sendable {
    var service: LiveService
    var options: LogStream.Options
  }

  private let origins: [Origin]
  private let printer: LogPrinter
  private let context: OperatorContext
  private var names: LogNames
  private var merger = LogMerger()
  /// How many logs are followed.
  private var open = 0
  private let began = Double(time(nil))

  init(_ origins: [Origin], _ names: LogNames, _ printer: LogPrinter, _ context: OperatorContext) {
    self.origins = origins
    self.names = names
    self.printer = printer
    self.context = context
  }

  /// Prints what has been written so far.
  ///
  /// - Parameter limit: how many of the last lines of all services together; nil for all.
  func readPast(_ limit: Int?) async throws(OperationError) {
    for (index, origin) in origins.enumerated() {
      let lines = try await context.manager.lines(
        of: .service(origin.service.service.id), origin.options, before: context.deadline)
      for line in lines { merger.add(line, of: index) }
    }
    let entries = merger.take()
    await print(limit.map { Array(entries.suffix($0)) } ?? entries)
  }

  /// Prints what is written from now on, until somebody presses Ctrl-C or all services are gone.
  ///
  /// A connection that breaks, as it does where the leader changes or an engine is restarted, is made again, and nothing
  /// is left out.
  func follow() async throws(OperationError) {
    open = origins.count
    for index in origins.indices { context.loop.spawn { await self.follow(index) } }
    while true {
      await print(merger.take())
      if open == 0 || context.hasTimeout && .now >= context.deadline { return }
      do throws(OperationError) {
        try await context.interruption.pause(until: .now + .milliseconds(250))
      } catch {
        await print(merger.take())
        throw error
      }
    }
  }

  private func follow(_ index: Int) async {
    defer { open -= 1 }
    let service = origins[index].service.service
    var options = origins[index].options
    options.follows = true
    var isSilent = false
    while true {
      // What was read before this is known by its times; of what had written nothing yet, all is new.
      options.since = merger.resume(index) ?? options.since ?? began
      options.tail = nil
      let stream = LogStream(Client(context.host, on: context.loop, resolver: Resolver(on: context.loop)))
      do throws(EngineError) {
        try await stream.read(.service(service.id), options, before: .distantFuture) { line in
          isSilent = false
          self.merger.add(line, of: index)
        }
      } catch {
        if case .status(404, _) = error.reason {
          complain("vitals logs: \(service.shortName) was removed")
          return
        }
        if !isSilent { complain("vitals logs: \(service.shortName): \(error.reason); asking again") }
        isSilent = true
      }
      await context.loop.sleep(until: .now + .seconds(1))
    }
  }

  private func print(_ entries: [LogMerger.Entry]) async {
    if entries.contains(where: { !$0.line.taskID.isEmpty && names[$0.line.taskID] == nil }),
      // A task that was made since; without its name, the line tells its id.
      let known = try? await context.manager.logNames(of: origins.map(\.service), before: .now + .seconds(5))
    {
      names = known
    }
    for entry in entries {
      printer.print(entry.line, of: origins[entry.service].service.service, number: entry.service, names)
    }
    printer.flush()
  }
}
