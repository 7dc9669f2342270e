import Foundation

/// A swarm of one node with a directory of stack files, and `vitals` to deploy them.
final class OperatorDeployScene: Sendable {
  let engine: DockerEngine
  let directory: String

  init() throws {
    engine = try DockerEngine(.init(name: "deploy"))
    directory = try Scratch.directory("stack")
    do {
      try engine.initializeSwarm()
    } catch {
      stop()
      throw error
    }
  }

  func stop() {
    engine.stop()
    Scratch.remove(directory)
  }

  func write(_ text: String, to name: String = "stack.yml") throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
  }

  /// A stack of `web` with a config, and `worker`.
  func writeStack(
    image: String = TestImage.name, replicas: Int = 2, content: String = "one", variable: String = "1",
    hasWorker: Bool = true, more: String = ""
  ) throws {
    try write(content, to: "app.txt")
    let worker =
      """
        worker:
          image: \(TestImage.name)
          command: [sleep, infinity]
          stop_signal: KILL
          environment: {V: "\(variable)"}
          deploy: {<<: *deploy, replicas: 1}
      """
    try write(
      """
      version: "3.8"
      name: shop
      services:
        web:
          image: \(image)
          command: [sh, -c, "sleep 600 # $$HOME ${MARK:-}"]
          configs: [{source: app, target: /app.txt}]
          stop_signal: KILL
          deploy: &deploy
            replicas: \(replicas)
            endpoint_mode: dnsrr
            update_config: {order: stop-first, failure_action: rollback, monitor: 1s, parallelism: 0}
            rollback_config: {parallelism: 0, monitor: 1s}
            restart_policy: {condition: any, delay: 1s}
      \(hasWorker ? worker : "")
      \(more)
      configs: {app: {file: app.txt}}
      """)
  }

  /// Runs `vitals` in the directory of the stack.
  func vitals(
    _ arguments: [String], path: String = "/usr/bin:/bin", variables: [String: String] = [:]
  ) throws -> Operator.Answer {
    try Operator(engine)(arguments, environment: environment(path, variables))
  }

  func environment(_ path: String = "/usr/bin:/bin", _ variables: [String: String] = [:]) -> [String: String] {
    [
      "PATH": path, "VITALS_STACK_FILE": "\(directory)/stack.yml", "VITALS_AUDIT_LOG": "\(directory)/audit.log",
      "TMPDIR": directory, "HOME": directory,
    ].merging(variables) { $1 }
  }

  /// A field of a service as docker inspect has it.
  func inspect(_ service: String, _ field: String) throws -> String {
    try engine.docker("service", "inspect", "--format", "{{\(field)}}", service)
  }

  /// The ids of the tasks that are meant to run.
  func tasks(of service: String) throws -> Set<String> {
    let ids = try engine.docker("service", "ps", "-q", "--filter", "desired-state=running", service)
    return Set(ids.split(separator: "\n").map(String.init))
  }

  func configs() throws -> [String] {
    try engine.docker("config", "ls", "--format", "{{.Name}}").split(separator: "\n").map(String.init).sorted()
  }

  /// What a deploy may leave behind besides files of the stack.
  func leftFiles() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasPrefix("vitals-") }
  }
}
