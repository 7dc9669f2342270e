package import EventLoop

extension Exec {
  /// What a command has said, and how it ended.
  package struct Outcome: Equatable, Sendable {
    package var exitCode: Int32
    package var output: [UInt8] = []
    package var errors: [UInt8] = []

    package var text: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: errors, as: UTF8.self) }
  }
}

extension Control {
  /// Runs a command in a container to its end, and keeps what it says.
  ///
  /// - Parameters:
  ///   - input: what it reads; its input ends after that.
  ///   - limit: how many bytes of each output are kept; the rest is read and dropped.
  /// - Throws: as `Exec` does. A command that fails does not throw: see its exit code.
  package func run(
    _ command: Exec.Command, in container: String, input: [UInt8] = [], limit: Int = 1 << 20, before deadline: Instant
  ) async throws(EngineError) -> Exec.Outcome {
    var command = command
    command.takesInput = !input.isEmpty
    let exec = try await Exec(command, in: container, self, before: deadline)
    exec.write(input)
    exec.finishInput()
    var outcome = Exec.Outcome(exitCode: 0)
    while let event = try await exec.next() {
      switch event {
      case .wantsInput, .idle: break
      case .output(.stdout, let bytes): outcome.output += bytes.prefix(limit - outcome.output.count)
      case .output(_, let bytes): outcome.errors += bytes.prefix(limit - outcome.errors.count)
      }
    }
    outcome.exitCode = try await exec.exitCode()
    return outcome
  }
}
