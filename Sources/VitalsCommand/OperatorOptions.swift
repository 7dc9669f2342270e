import ArgumentParser
import Engine
import EventLoop
import Glibc
import Operations
import Vitals

/// The flags that all of the operator's commands have.
struct OperatorOptions: ParsableArguments, Sendable {
  @Option(
    help: .init(
      "Docker engine of a manager: unix:///path or tcp://host:port. (DOCKER_HOST) (default: unix:///var/run/docker.sock)",
      valueName: "host"))
  var dockerHost: String?

  @Option(help: .init("text or json; of check junit too. (default: text)", valueName: "format"))
  var format = OutputFormat.text

  @Option(
    help: .init(
      "Time for all of it. (default: 60s; for services to arrive, what their settings allow)", valueName: "duration"))
  var timeout: String?

  @Flag(help: "Leave out colour, also on a terminal. (NO_COLOR)")
  var noColor = false
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case text, json
  /// Test results in XML, which `check` alone has.
  case junit
}

/// A command that acts on a swarm through one of its managers.
///
/// `perform` runs on an event loop; what it throws becomes a message on standard error and an exit code.
protocol OperatorCommand: ParsableCommand, Sendable {
  var operatorOptions: OperatorOptions { get }
  /// How long the command may take where `--timeout` does not say.
  static var ordinaryTimeout: Duration { get }
  /// Whether there are results for `--format junit`.
  static var takesJUnit: Bool { get }
  func perform(_ context: OperatorContext) async throws(OperationError)
}

extension OperatorCommand {
  static var ordinaryTimeout: Duration { .seconds(60) }
  static var takesJUnit: Bool { false }

  func run() throws {
    let output = CommandOutput(operatorOptions.format, usesColor: !operatorOptions.noColor)
    do {
      if operatorOptions.format == .junit, !Self.takesJUnit {
        throw OperationError(.usage, "--format junit: there are no such results: use text or json")
      }
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

extension OperatorOptions {
  fileprivate func host() throws(OperationError) -> Host {
    let variables = environment()
    let text = dockerHost ?? variables["DOCKER_HOST"].flatMap { $0.isEmpty ? nil : $0 }
    guard let text else { return .standard }
    do {
      return try EngineAddress(text, verifiesTLS: variables["DOCKER_TLS_VERIFY"] != nil).host
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
