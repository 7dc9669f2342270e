import Foundation

/// Somebody who gives the operator's commands for one engine, without a terminal.
struct Operator: Sendable {
  /// What a command did.
  struct Answer: Sendable {
    var exit: Subprocess.Exit
    var output: String
    var errorOutput: String
    /// How long it took.
    var seconds: Double

    /// The exit code, nil where a signal ended the command.
    var code: Int32? { if case .code(let code) = exit { code } else { nil } }

    /// All that was said.
    var text: String { output + errorOutput }

    /// The last line of the output.
    var json: JSON { lines.last ?? .null }

    /// The lines of the output; null for one that is no JSON.
    var lines: [JSON] { output.split(separator: "\n").map { (try? JSON(String($0))) ?? .null } }
  }

  let auditLog: String
  private let variables: [String: String]

  /// - Parameters:
  ///   - host: `DOCKER_HOST` of the engine.
  ///   - variables: what else is in the environment of every command.
  init(_ host: String, variables: [String: String] = [:]) throws {
    auditLog = try Scratch.directory("operator") + "/audit.log"
    // What the stack file asks for that is in the directory of the tests.
    let stack = ["PILITO_IMAGE": TestImage.name, "VITALS_IMAGE": TestImage.name, "DOCKER_GID": "0"]
    let own = stack.merging(["DOCKER_HOST": host, "VITALS_AUDIT_LOG": auditLog]) { $1 }
    self.variables = own.merging(variables) { $1 }
  }

  init(_ engine: DockerEngine) throws { try self.init(engine.host) }

  /// Gives a command and waits for its end.
  func callAsFunction(
    _ arguments: String..., input: String = "", environment: [String: String] = [:],
    within limit: Duration = .seconds(90)
  ) throws -> Answer {
    try self(arguments, input: input, environment: environment, within: limit)
  }

  func callAsFunction(
    _ arguments: [String], input: String = "", environment: [String: String] = [:],
    within limit: Duration = .seconds(90)
  ) throws -> Answer {
    let began = ContinuousClock.now
    let result = try VitalsProcess.run(
      arguments, environment: variables.merging(environment) { $1 }, input: input, within: limit)
    return Answer(
      exit: result.exit, output: result.output, errorOutput: result.errorOutput,
      seconds: (ContinuousClock.now - began).seconds)
  }

  /// Begins a command.
  func start(_ arguments: [String], environment: [String: String] = [:]) throws -> VitalsProcess {
    try VitalsProcess(arguments, environment: variables.merging(environment) { $1 })
  }

  /// The lines of the audit log about a stack.
  func audit(of stack: String) throws -> [JSON] {
    try String(contentsOfFile: auditLog, encoding: .utf8).split(separator: "\n").map { try JSON(String($0)) }
      .filter { $0["stack"].text == stack }
  }
}
