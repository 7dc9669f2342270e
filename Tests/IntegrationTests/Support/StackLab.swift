import Foundation
import Glibc

/// A laboratory of `scripts/swarm-lab` under a name of its own: engines, and a registry that has the stack's images.
///
/// ``SwarmLab`` is for tests of vitals beside a swarm, without a registry; this is for tests of a stack in it.
final class StackLab: Sendable {
  struct Node: Sendable {
    /// The host name, `node1` and so on.
    let name: String
    /// The IPv4 address, which has the ports that a service publishes on the host.
    let address: String
    let socketPath: String

    /// The value of `DOCKER_HOST` for the node's engine.
    var host: String { "unix://\(socketPath)" }
  }

  /// What `swarm-lab status` says.
  struct Status: Sendable {
    /// Whether all engines and the registry are up, and no node is cut off.
    let isUp: Bool
    /// A line for each node and one for the registry, below a headline.
    let text: String

    /// The columns of a node, or of `registry`: name, address, engine, role in the swarm, number of containers.
    func columns(of name: String) -> [String] {
      let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      return lines.first { $0.first == name } ?? []
    }
  }

  let name = "test-\(UInt32.random(in: 0...UInt32.max))"
  let nodes: [Node]
  private let cleanup: CrashGuard.Token

  /// Where laboratories are: the same place as for everybody else, because the images are kept there.
  static let root =
    ProcessInfo.processInfo.environment["VITALS_LAB_DIRECTORY"] ?? "/var/tmp/vitals-lab-\(geteuid())"

  /// Starts the engines, and makes the images unless a laboratory before this one has.
  ///
  /// - Parameters:
  ///   - managers: how many of the nodes become managers, now if `isSwarm`, else by ``join()``.
  ///   - isSwarm: whether to make the swarm; otherwise that is left to `vitals init`.
  ///   - vitals: the program for the image of vitals; nil leaves the registry empty.
  init(nodes: Int = 3, managers: Int = 3, isSwarm: Bool = false, vitals: String?) throws {
    // Before the first process: the guard works backwards, and `up` must have ended.
    cleanup = CrashGuard.shared.add(Self.command("down", name).joined(separator: " "))
    let options = ["--managers", "\(managers)"] + (isSwarm ? ["--swarm"] : [])
    let images = vitals.map { ["--vitals", $0] } ?? ["--no-images"]
    do {
      try Subprocess.run(Self.command("up", name, ["\(nodes)"] + options + images), within: .seconds(1200))
      self.nodes = try Self.nodes(nodes, of: name)
    } catch {
      _ = try? Subprocess.run(Self.command("down", name), within: .seconds(120))
      cleanup.remove()
      throw error
    }
  }

  /// Its files.
  private var directory: String { "\(Self.root)/\(name)" }

  var status: Status {
    get throws { try Self.status(of: name) }
  }

  /// A power failure: the node's engine and its containers are gone at once.
  func kill(_ node: Node) throws { try run("kill", node) }

  /// Starts a killed node again, with its data; returns when its engine answers.
  func start(_ node: Node) throws { try run("start", node) }

  /// Unplugs a node's network; its engine, containers and socket go on.
  func cut(_ node: Node) throws { try run("cut", node) }

  func mend(_ node: Node) throws { try run("mend", node) }

  /// When engines of these nodes took each other for dead, in seconds since 1970, each with the time that it takes until all is
  /// known again.
  ///
  /// An engine that does not get to run for some four seconds is given up by the others' gossip, and with it the names and addresses
  /// of its containers, until it is heard of again: nothing on another node finds PostgreSQL then.
  func separations(among nodes: [Node]) throws -> [ClosedRange<Double>] {
    let event =
      /^time="(\S+)" .*"Node \S+\/([0-9.]+), (left|joined) gossip cluster"/.anchorsMatchLineEndings()
    return try nodes.flatMap { node in
      let log = try String(contentsOfFile: "\(directory)/\(node.name).log", encoding: .utf8)
      var times: [ClosedRange<Double>] = []
      var left: [Substring: Double] = [:]
      for match in log.matches(of: event) where nodes.contains(where: { $0.address == match.2 }) {
        guard let time = Double(engineTime: match.1) else { throw TestbedError("no time: \(match.0)") }
        if match.3 == "left" {
          left[match.2] = time
        } else if let began = left.removeValue(forKey: match.2) {
          times.append(began...time + 10)
        }
      }
      return times + left.values.map { $0...Double.infinity }
    }
  }

  /// Joins the nodes that are in no swarm to the first node's.
  func join() throws {
    try Subprocess.run(Self.command("join", name), within: .seconds(120))
  }

  /// Runs the docker command against a node's engine and returns its output without the last line break.
  @discardableResult
  func docker(_ arguments: [String], on node: Node, within limit: Duration = .seconds(60)) throws -> String {
    try Subprocess.run(["docker"] + arguments, environment: environment(of: node), within: limit)
      .trimmingCharacters(in: .newlines)
  }

  /// The environment for a command that works on a node's engine.
  func environment(of node: Node) -> [String: String] {
    var environment = ProcessInfo.processInfo.environment
    for name in ["DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] { environment[name] = nil }
    environment["DOCKER_HOST"] = node.host
    environment["DOCKER_CONFIG"] = "\(directory)/cli"
    environment["DOCKER_BUILDKIT"] = "0"
    return environment
  }

  /// Removes all of it. Call it when the test is over, in `defer` or `deinit`.
  func stop() {
    if (try? Subprocess.run(Self.command("down", name), within: .seconds(120))) != nil { cleanup.remove() }
  }

  private func run(_ command: String, _ node: Node) throws {
    try Subprocess.run(Self.command(command, name, [node.name]), within: .seconds(120))
  }

  private static func nodes(_ count: Int, of name: String) throws -> [Node] {
    let status = try status(of: name)
    return try (1...count).map { number in
      let columns = status.columns(of: "node\(number)")
      guard columns.count > 1 else { throw TestbedError("no node\(number): \(status.text)") }
      return Node(name: columns[0], address: columns[1], socketPath: "\(root)/\(name)/\(columns[0])/docker.sock")
    }
  }

  private static func status(of name: String) throws -> Status {
    let outcome = try Subprocess.outcome(command("status", name), within: .seconds(60))
    return Status(isUp: outcome.exit == .code(0), text: outcome.output + outcome.errorOutput)
  }

  /// The command line of `swarm-lab`.
  static func command(_ command: String, _ name: String, _ arguments: [String] = []) -> [String] {
    ["\(Tool.packageDirectory)/scripts/swarm-lab", command] + arguments + ["--name", name, "--directory", root]
  }
}
