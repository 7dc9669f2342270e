import Foundation

@main
enum Main {
  /// Exit codes: 0 when everything could be run, met or missed; 1 when not; 64 for a wrong argument.
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.contains("--help") || arguments.contains("-h") {
      print(Options.usage)
      return
    }
    let options: Options
    do {
      options = try Options(arguments)
    } catch {
      progress("\(error)\n\(Options.usage)")
      exit(64)
    }
    do {
      let report = try run(options)
      print(Table(report: report).text)
      if let json = options.json { try write(report, to: json) }
      exit(report.problems.isEmpty ? 0 : 1)
    } catch {
      progress("\(error)")
      exit(1)
    }
  }

  private static func run(_ options: Options) throws -> Report {
    try raiseDescriptorLimit()
    let cores = try Cores()
    Cores.pin(to: cores.load)
    let workspace = try Workspace(cores: cores)
    defer { workspace.close() }
    let interruptions = closeOnSignals(workspace)
    defer { interruptions.forEach { $0.cancel() } }

    var report = Report(machine: Machine.describe(in: workspace, options: options), isQuick: options.isQuick)
    let bench = Bench(options: options, workspace: workspace, databases: try Databases(in: workspace))
    for section in options.sections {
      do {
        try section.run(in: bench, report: &report)
      } catch {
        report.fail(section.rawValue, error)
      }
    }
    return report
  }

  /// Thousands of idle connections need as many descriptors, here and in the servers, which inherit it.
  private static func raiseDescriptorLimit() throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    guard limit.rlim_cur > Memory.connections + 100 else { throw Failure("ulimit -Hn is only \(limit.rlim_cur)") }
  }

  /// Ctrl-C and the like end every process before the harness itself.
  private static func closeOnSignals(_ workspace: Workspace) -> [any DispatchSourceSignal] {
    [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        progress("interrupted")
        workspace.close(exitCode: 128 + number)
      }
      source.resume()
      return source
    }
  }

  private static func write(_ report: Report, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    try encoder.encode(report).write(to: URL(fileURLWithPath: path))
  }
}
