import Subprocess
import SystemPackage

/// The `docker` command, for what the Engine API does not do: building images and deploying a stack.
package struct DockerCommand: Sendable {
  /// The engine, as DOCKER_HOST names it.
  package var host: String
  /// The environment of the command, without DOCKER_HOST.
  package var environment: [String: String]

  package init(host: String, environment: [String: String]) {
    self.host = host
    self.environment = environment
  }

  /// Runs a command to its end.
  ///
  /// - Parameters:
  ///   - isShielded: whether Ctrl-C in the terminal leaves it alone, as it changes something that must not stay half-done.
  ///   - tell: gets what it says, line by line.
  /// - Throws: `failed` where there is no such command, or where it fails, with its last lines.
  package func run(
    _ arguments: [String], isShielded: Bool = false, _ tell: @Sendable @escaping (String) -> Void
  ) async throws(OperationError) {
    var variables = environment
    variables["DOCKER_HOST"] = host
    // A context would count for more than the host does.
    variables["DOCKER_CONTEXT"] = nil
    var options = PlatformOptions()
    if isShielded { options.processGroupID = 0 }
    let configuration = Configuration(
      executable: .name("docker"), arguments: Arguments(arguments),
      environment: .custom(
        Dictionary(variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }) { $1 }),
      platformOptions: options)
    var last: [String] = []
    let status: TerminationStatus
    do {
      let result = try await Subprocess.run(
        configuration, input: .none, output: .sequence, error: .combinedWithOutput
      ) { execution in
        var lines: [String] = []
        for try await line in execution.standardOutput.strings() {
          // The progress of a build writes lines over.
          let text = String(line.split { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }.last ?? "")
          guard !text.isEmpty else { continue }
          tell(text)
          lines.append(text)
          if lines.count > 20 { lines.removeFirst() }
        }
        return lines
      }
      (last, status) = (result.closureResult, result.terminationStatus)
    } catch {
      throw DockerCommand.failure(error, arguments)
    }
    guard status.isSuccess else {
      // Not in the message, which goes to the audit log: a build may print what it was given.
      let said = last.suffix(5).joined(separator: "\n")
      throw OperationError(
        .failed, "\(DockerCommand.title(arguments)) failed", advice: said.isEmpty ? nil : "It said: \(said)")
    }
  }

  /// What a command is called in messages: `docker stack deploy`, without flags and their values.
  package static func title(_ arguments: [String]) -> String {
    (["docker"] + arguments.prefix { !$0.hasPrefix("-") }.prefix(2)).joined(separator: " ")
  }

  private static func failure(_ error: any Error, _ arguments: [String]) -> OperationError {
    if let error = error as? SubprocessError, error.code == .executableNotFound {
      return OperationError(
        .failed, "there is no docker command on this machine",
        advice: "Install it (Debian: docker-cli, or docker.io), or run this where it is.")
    }
    return OperationError(.failed, "\(title(arguments)): \(error)")
  }
}
