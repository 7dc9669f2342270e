import ArgumentParser
import Engine
import Operations
import Vitals

/// A command that acts on engines, of which only a manager knows what belongs there.
protocol EngineCommand: OperatorCommand {
  /// What `--engine` names, for people.
  static var engineText: String { get }
}

/// The engines of other nodes, workers among them, while --docker-host is the manager.
struct EngineOptions<Command: EngineCommand>: ParsableArguments, Sendable {
  @Option(help: .init("\(Command.engineText); repeatable.", valueName: "host"))
  var engine: [String] = []

  func hosts() throws(OperationError) -> [Host] {
    try engine.map { text throws(OperationError) in
      do throws(ConfigurationError) {
        return try EngineAddress(text).host
      } catch {
        throw OperationError(.usage, "--engine: " + error.problems.map(\.message).joined(separator: "; "))
      }
    }
  }

  /// Who speaks to them.
  func engines(_ context: OperatorContext) throws(OperationError) -> [Manager] {
    try hosts().map { Manager($0, on: context.loop) }
  }
}
