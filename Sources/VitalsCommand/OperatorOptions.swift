import ArgumentParser
import Engine
import EventLoop
import Glibc
import Operations
import Vitals

/// The flags that all of the operator's commands have.
struct OperatorOptions<Command: OperatorCommand>: ParsableArguments, Sendable {
  @Option(
    help: .init(
      "Docker engine of a manager: unix:///path or tcp://host:port. (DOCKER_HOST) (default: unix:///var/run/docker.sock)",
      valueName: "host"))
  var dockerHost: String?

  @Option(help: .init("Time for all of it. (default: \(Command.timeoutText))", valueName: "duration"))
  var timeout: String?

  @OptionGroup var outputOptions: OutputOptions<Command>
}

/// A command that acts on a swarm through one of its managers.
///
/// `perform` runs on an event loop; what it throws becomes a message on standard error and an exit code.
protocol OperatorCommand: ReportingCommand, Sendable {
  var operatorOptions: OperatorOptions<Self> { get }
  /// How long the command may take where `--timeout` does not say.
  static var ordinaryTimeout: Duration { get }
  /// The same for people.
  static var timeoutText: String { get }
  /// Which stack the command is about where `--stack` does not say.
  static var stackText: String { get }
  func perform(_ context: OperatorContext) async throws(OperationError)
}

extension OperatorCommand {
  static var ordinaryTimeout: Duration { .seconds(60) }
  static var timeoutText: String { DurationText.describe(ordinaryTimeout) }
  static var stackText: String { "the only one that there is" }

  func run() throws {
    let output = operatorOptions.outputOptions.output
    do {
      let host = try operatorOptions.host()
      let timeout = try operatorOptions.duration() ?? Self.ordinaryTimeout
      let loop = try makeLoop()
      // The task and this function run one after the other, on this thread.
      nonisolated(unsafe) var failure: OperationError?
      let command = self
      loop.run {
        do throws(OperationError) {
          let context = OperatorContext(
            manager: Manager(host, on: loop), host: host, loop: loop, output: output, deadline: .now + timeout,
            timeout: timeout, hasTimeout: command.operatorOptions.timeout != nil,
            interruption: try Interruption(on: loop, output), command: Self._commandName)
          try await command.perform(context)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
    } catch let error as OperationError {
      output.fail(error, command: Self._commandName)
      throw ExitCode(error.kind.rawValue)
    }
  }

  private func makeLoop() throws -> EventLoop {
    signal(SIGPIPE, SIG_IGN)
    do {
      return try EventLoop()
    } catch {
      throw OperationError(.failed, "\(error)")
    }
  }
}

/// A command that waits until the services that it has changed have arrived.
protocol RolloutCommand: OperatorCommand {
  var followOptions: FollowOptions { get }
}

extension RolloutCommand {
  static var ordinaryTimeout: Duration { .seconds(1800) }
  static var timeoutText: String {
    "what the services' own settings allow, \(DurationText.describe(ordinaryTimeout)) at most"
  }
}

extension OperatorOptions {
  fileprivate func host() throws(OperationError) -> Host {
    guard let text = dockerHost ?? variable("DOCKER_HOST") else { return .standard }
    do {
      return try EngineAddress(text, verifiesTLS: environment()["DOCKER_TLS_VERIFY"] != nil).host
    } catch {
      throw OperationError(.usage, error.problems.map(\.message).joined(separator: "; "))
    }
  }

  fileprivate func duration() throws(OperationError) -> Duration? {
    guard let timeout else { return nil }
    guard let duration = DurationText.parse(timeout), duration > .zero else {
      throw OperationError(.usage, "--timeout: \(timeout) is no duration: use 500ms, 5s, 1m30s")
    }
    return duration
  }
}
