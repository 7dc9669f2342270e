import Foundation

/// Somebody who gives the operator's commands for one engine, without a terminal.
struct Operator: Sendable {
  struct Answer: Sendable {
    var exit: Subprocess.Exit
    var output: String
    var errorOutput: String

    /// All that was said.
    var text: String { output + errorOutput }

    /// The last line of the output as JSON.
    var json: [String: Any] {
      let line = output.split(separator: "\n").last.map { Data($0.utf8) } ?? Data()
      return (try? JSONSerialization.jsonObject(with: line) as? [String: Any]) ?? [:]
    }
  }

  /// `DOCKER_HOST` of the engine.
  let host: String
  let auditLog: String

  init(_ host: String) throws {
    self.host = host
    auditLog = try Scratch.directory("operator") + "/audit.log"
  }

  init(_ engine: DockerEngine) throws { try self.init(engine.host) }

  /// Gives a command and waits for its end.
  func callAsFunction(
    _ arguments: String..., input: String = "", environment: [String: String] = [:],
    within limit: Duration = .seconds(60)
  ) throws -> Answer {
    try self(arguments, input: input, environment: environment, within: limit)
  }

  func callAsFunction(
    _ arguments: [String], input: String = "", environment: [String: String] = [:],
    within limit: Duration = .seconds(60)
  ) throws -> Answer {
    let variables = ["DOCKER_HOST": host, "VITALS_AUDIT_LOG": auditLog].merging(environment) { $1 }
    let process = try Subprocess(
      [VitalsProcess.binary] + arguments, environment: Operator.variables(variables), input: input)
    guard let exit = process.wait(within: limit) else {
      process.kill()
      throw TestbedError("vitals \(arguments): still running after \(limit): \(process.output)\(process.errorOutput)")
    }
    return Answer(exit: exit, output: process.output, errorOutput: process.errorOutput)
  }

  /// Begins a command.
  func start(_ arguments: String...) throws -> VitalsProcess {
    try VitalsProcess(arguments, environment: ["DOCKER_HOST": host, "VITALS_AUDIT_LOG": auditLog])
  }

  private static func variables(_ additions: [String: String]) -> [String: String] {
    ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "SWIFT_BACKTRACE": "enable=no"].merging(additions) { $1 }
  }
}
