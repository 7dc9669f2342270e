import Foundation
import Testing

/// A swarm of a manager and a worker for the operator's commands, with three versions of an image.
///
/// Each part of a test has a stack of its own, as a stack's lock lets one command at a time change it.
final class OperatorScene: Sendable {
  /// The scene of the tests that run at present.
  @TaskLocal static var current: OperatorScene?

  /// The images: two that run, and one that ends with an exit code of 3 after a word on standard error.
  static let (first, second, broken) = (TestImage.name, "vitals-test:2", "vitals-test:broken")

  let lab: SwarmLab
  let auditLog: String
  var manager: DockerEngine { lab.engines[0] }

  init() throws {
    lab = try SwarmLab(nodes: 2)
    auditLog = try Scratch.directory("audit") + "/audit.log"
    do {
      for engine in lab.engines {
        try engine.docker("tag", Self.first, Self.second)
        try engine.docker(
          ["build", "--quiet", "--tag", Self.broken, "-"],
          input: "FROM \(Self.first)\nCMD [\"sh\", \"-c\", \"echo cannot start >&2; exit 3\"]\n")
      }
    } catch {
      stop()
      throw error
    }
  }

  func stop() { lab.stop() }

  /// Makes a service of a stack, which runs what its image says, and waits until it does.
  func createService(_ name: String, of stack: String, replicas: Int = 2, _ options: [String] = []) throws {
    let common = ["--label", "com.docker.stack.namespace=\(stack)", "--replicas", "\(replicas)"]
    try manager.createService("\(stack)_\(name)", common + options, command: [])
    try manager.waitForRunning(replicas, of: "\(stack)_\(name)")
  }

  /// Removes all services of a stack.
  func removeServices(of stack: String) {
    let filter = "label=com.docker.stack.namespace=\(stack)"
    guard let ids = try? manager.docker("service", "ls", "--quiet", "--filter", filter), !ids.isEmpty else { return }
    _ = try? manager.docker(["service", "rm"] + ids.split(separator: "\n").map(String.init))
  }

  /// What a command did.
  struct Outcome {
    var code: Int32?
    var output: String
    var errorOutput: String
    var seconds: Double
    var text: String { output + errorOutput }
  }

  /// Runs one of the operator's commands to its end.
  func vitals(_ arguments: String..., stack: String? = nil) throws -> Outcome {
    let began = ContinuousClock.now
    let result = try VitalsProcess.run(arguments, environment: environment(stack), within: .seconds(90))
    let code: Int32? = if case .code(let code) = result.exit { code } else { nil }
    return Outcome(
      code: code, output: result.output, errorOutput: result.errorOutput,
      seconds: (ContinuousClock.now - began).seconds)
  }

  /// Starts one of the operator's commands.
  func start(_ arguments: String..., stack: String? = nil) throws -> VitalsProcess {
    try VitalsProcess(arguments, environment: environment(stack))
  }

  func image(of service: String) throws -> String {
    try manager.docker("service", "inspect", "--format", "{{.Spec.TaskTemplate.ContainerSpec.Image}}", service)
  }

  /// The lines of the audit log about a stack.
  func audit(of stack: String) throws -> [JSONText] {
    try String(contentsOfFile: auditLog, encoding: .utf8).split(separator: "\n").map { JSONText(String($0)) }
      .filter { $0["stack"] == stack }
  }

  private func environment(_ stack: String?) -> [String: String] {
    var environment = ["DOCKER_HOST": manager.host, "VITALS_AUDIT_LOG": auditLog]
    environment["VITALS_STACK"] = stack
    return environment
  }
}

/// A line with a JSON object.
struct JSONText {
  private let members: [String: Any]

  init(_ text: String) {
    members = (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]) ?? [:]
  }

  /// A member as text; nil where it is missing.
  subscript(name: String) -> String? { members[name].map { "\($0)" } }
}

extension Trait where Self == OperatorSceneTrait {
  /// Gives a suite one ``OperatorScene``, which ends with its last test.
  static var operatorScene: Self { OperatorSceneTrait() }
}

struct OperatorSceneTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let scene = try await onThread { try OperatorScene() }
    defer { scene.stop() }
    try await OperatorScene.$current.withValue(scene, operation: function)
  }
}
