import Foundation

/// The shipped stack in a laboratory of three managers, and an operator at the first of them.
final class StackRun: Sendable {
  typealias Outcome = (exit: Subprocess.Exit, output: String, errorOutput: String)

  let lab: StackLab
  private let directory: String
  private let variables: [String: String]

  init() throws {
    lab = try StackLab(vitals: VitalsProcess.binary)
    directory = try Scratch.directory("stack")
    variables = try Self.variables(of: "Tests/Stack/lab.env")
  }

  func stop() {
    lab.stop()
    Scratch.remove(directory)
  }

  var manager: StackLab.Node { lab.nodes[0] }

  /// Runs a subcommand, as somebody at a node does who is in the directory of the stack file.
  func vitals(
    _ arguments: [String], at node: StackLab.Node? = nil, within limit: Duration = .seconds(600)
  ) throws -> Outcome {
    var environment = lab.environment(of: node ?? manager).merging(variables) { $1 }
    environment["VITALS_AUDIT_LOG"] = auditLog
    environment["VITALS_STACK_FILE"] = "docker-compose.swarm.yml:Tests/Stack/docker-compose.lab.yml"
    let command = "cd \"$1\" && shift && exec \"$@\""
    return try Subprocess.outcome(
      ["sh", "-c", command, "sh", Tool.packageDirectory, VitalsProcess.binary] + arguments,
      environment: environment, within: limit)
  }

  var auditLog: String { "\(directory)/audit.log" }

  /// Runs the docker command against the first manager's engine, or a node's.
  @discardableResult
  func docker(_ arguments: String..., at node: StackLab.Node? = nil) throws -> String {
    try lab.docker(arguments, on: node ?? manager)
  }

  // MARK: What runs

  /// The container of a service's task on a node.
  func container(of service: String, at node: StackLab.Node? = nil) throws -> String {
    let filter = "label=com.docker.swarm.service.name=pilito_\(service)"
    let ids = try docker("ps", "-q", "--filter", filter, at: node).split(separator: "\n")
    guard let id = ids.first else { throw TestbedError("no container of \(service)") }
    return String(id)
  }

  /// The containers of a service, on all nodes unless some are named.
  func containers(of service: String, on nodes: [StackLab.Node]? = nil) throws -> Set<String> {
    let filter = "label=com.docker.swarm.service.name=pilito_\(service)"
    return try Set(
      (nodes ?? lab.nodes).flatMap {
        try docker("ps", "-q", "--filter", filter, at: $0).split(separator: "\n").map(String.init)
      })
  }

  /// The containers of web and vitals, which live on without what they depend on.
  func servers() throws -> Set<String> { try containers(of: "web").union(containers(of: "vitals")) }

  /// The version of each service's specification.
  func versions() throws -> [String: Int] {
    let ids = try docker("service", "ls", "-q").split(separator: "\n").map(String.init)
    let text = try lab.docker(
      ["service", "inspect", "--format", "{{.Spec.Name}} {{.Version.Index}}"] + ids, on: manager)
    let pairs = text.split(separator: "\n").map { $0.split(separator: " ") }
    return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), Int($0[1]) ?? 0) })
  }

  /// A path of the vitals that runs on a manager, whatever its answer's code is.
  func ask(_ path: String, at node: StackLab.Node? = nil) throws -> (isGood: Bool, body: String) {
    let id = try container(of: "vitals", at: node)
    let command = ["docker", "exec", id, "/vitals", "probe", "--print", "--timeout", "10s", "--path", path]
    let outcome = try Subprocess.outcome(command, environment: lab.environment(of: node ?? manager))
    return (outcome.exit == .code(0), outcome.output)
  }

  /// The value of a series on the metrics page of a manager's vitals.
  func metric(_ series: String, at node: StackLab.Node? = nil) throws -> Double? {
    let lines = try ask("/metrics", at: node).body.split(separator: "\n")
    return lines.first { $0.hasPrefix("\(series) ") }.flatMap { Double($0.dropFirst(series.count + 1)) }
  }

  /// What the API of the stack's Prometheus answers.
  func prometheus(_ path: String) throws -> [String: Any] {
    let id = try container(of: "prometheus")
    let text = try docker("exec", id, "wget", "-qO-", "http://127.0.0.1:9090/api/v1/\(path)")
    return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
  }

  /// What the API of the stack's Alertmanager has of an alert.
  func notifications(of alert: String) throws -> [[String: Any]] {
    let text = try docker(
      "exec", container(of: "alertmanager"), "wget", "-qO-", "http://127.0.0.1:9093/api/v2/alerts")
    let alerts = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] ?? []
    return alerts.filter { $0.text("labels", "alertname") == alert }
  }

  /// What `vitals check` says.
  struct Check {
    var score: Int
    /// Why points are missing, each with its component before: `nodes: node3 is down`.
    var deductions: [String]
    /// All of it, as JSON.
    var text: String
  }

  /// Gives `vitals check`, and throws where its exit code is not the one of the score's band.
  func check(at node: StackLab.Node? = nil) throws -> Check {
    let outcome = try vitals(["check", "--format", "json"], at: node, within: .seconds(90))
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any] ?? [:]
    let deductions = object.value("deductions") as? [[String: Any]] ?? []
    let score = object.value("score") as? Int ?? -1
    guard outcome.exit == .code(score >= 90 ? 0 : score >= 70 ? 1 : 2) else {
      throw TestbedError("check: score \(score), and \(outcome)")
    }
    return Check(
      score: score, deductions: deductions.map { "\($0.text("component") ?? ""): \($0.text("text") ?? "")" },
      text: outcome.output)
  }

  /// Waits until nothing is missing any more, but for one thing that may be.
  func awaitFullScore(but deduction: String? = nil) throws {
    try eventually(within: .seconds(120), every: .seconds(1), "a score of 100") {
      let check = try check()
      guard check.deductions.allSatisfy({ $0 == deduction }) else { throw TestbedError(check.text) }
      return true
    }
  }

  /// Starts a steady load on web from within the network.
  func startLoad() throws -> StackLoad { try StackLoad(self) }

  private static func variables(of path: String) throws -> [String: String] {
    let text = try String(contentsOfFile: "\(Tool.packageDirectory)/\(path)", encoding: .utf8)
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    let pairs = lines.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
    return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
  }
}
