import Foundation
import Testing

/// A swarm of a manager and a worker for the operator's commands, with three versions of an image.
///
/// Each part of a test has a stack of its own, as a stack's lock lets one command at a time change it.
final class OperatorScene: Scene {
  /// The scene of the tests that run at present.
  @TaskLocal static var current: OperatorScene?
  static var holder: TaskLocal<OperatorScene?> { $current }

  /// The images: two that run, and one that ends with an exit code of 3 after a word on standard error.
  static let (first, second, broken) = (TestImage.name, "vitals-test:2", "vitals-test:broken")

  let lab: SwarmLab
  private let somebody: Operator
  var manager: DockerEngine { lab.engines[0] }

  init() throws {
    lab = try SwarmLab(nodes: 2)
    somebody = try Operator(lab.engines[0])
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

  /// Runs one of the operator's commands to its end.
  func vitals(_ arguments: String..., stack: String? = nil) throws -> Operator.Answer {
    try vitals(arguments, stack: stack)
  }

  func vitals(_ arguments: [String], stack: String? = nil) throws -> Operator.Answer {
    try somebody(arguments, environment: environment(stack))
  }

  /// Starts one of the operator's commands.
  func start(_ arguments: String..., stack: String? = nil) throws -> VitalsProcess {
    try somebody.start(arguments, environment: environment(stack))
  }

  func image(of service: String) throws -> String {
    try manager.docker("service", "inspect", "--format", "{{.Spec.TaskTemplate.ContainerSpec.Image}}", service)
  }

  func audit(of stack: String) throws -> [JSON] { try somebody.audit(of: stack) }

  private func environment(_ stack: String?) -> [String: String] { stack.map { ["VITALS_STACK": $0] } ?? [:] }
}

extension Trait where Self == SceneTrait<OperatorScene> {
  /// Gives a suite one ``OperatorScene``, which ends with its last test.
  static var operatorScene: Self { Self() }
}
