import Foundation
import Glibc

/// A real Docker Engine on a private unix socket, in a ``Machine`` of its own.
///
/// Isolated engines reach no registry, so a pull fails at once; their one image is ``TestImage/name``.
final class DockerEngine: Sendable {
  struct Options: Sendable {
    /// Also the host name and, in a swarm, the node's name.
    var name = "node"
    var network = Machine.Network.isolated
    /// Whether to import ``TestImage/name``.
    var hasTestImage = true
  }

  let machine: Machine
  /// The machine's address on the hub; nil without one.
  let address: String?
  private let data: String
  private let cgroup: String
  private let options: Options
  private let cgroupCleanup: CrashGuard.Token
  private let daemon = Monitor<Subprocess?>(nil)

  /// Starts an engine; returns when it answers.
  convenience init(_ options: Options = Options()) throws {
    try self.init(options, hub: nil, number: 1)
    do {
      try awaitReady()
    } catch {
      stop()
      throw error
    }
  }

  /// Launches an engine on a hub without waiting for it.
  init(_ options: Options, hub: Hub?, number: Int) throws {
    self.options = options
    let isBig = options.network == .host
    data = try Scratch.directory("\(options.name)data", in: isBig ? Scratch.root : Scratch.memory)
    cgroup = data.split(separator: "/").suffix(2).joined(separator: "-")
    // Before the machine's own entry: the guard works backwards, and a group with processes cannot be removed.
    cgroupCleanup = CrashGuard.shared.add("\(Tool.script("remove-cgroups")) \(cgroup)")
    machine = try Machine(options.name, network: options.network)
    address = try hub?.plug(machine, number: number)
    try launchDaemon()
  }

  var socketPath: String { "\(machine.directory)/docker.sock" }

  /// The value of `DOCKER_HOST` for this engine.
  var host: String { "unix://\(socketPath)" }

  /// The value of `DOCKER_HOST` for the engine's TCP port, which the test process reaches over a reachable hub.
  var tcpHost: String? { address.map { "tcp://\($0):2375" } }

  /// Runs the docker command against this engine and returns its output without the last line break.
  @discardableResult
  func docker(_ arguments: String..., within limit: Duration = .seconds(60)) throws -> String {
    try docker(arguments, within: limit)
  }

  @discardableResult
  func docker(_ arguments: [String], input: String = "", within limit: Duration = .seconds(60)) throws -> String {
    try Subprocess.run(["docker"] + arguments, environment: environment, input: input, within: limit)
      .trimmingCharacters(in: .newlines)
  }

  /// GET from the Engine API.
  func get(_ path: String) throws -> HTTPResponse {
    try HTTPClient.get(path, at: .unix(socketPath))
  }

  /// Makes an image of a file system's archive.
  ///
  /// - Parameter changes: instructions of a Dockerfile that set metadata, such as `CMD` and `HEALTHCHECK`.
  func importImage(_ archive: String, as name: String, changes: [String] = []) throws {
    try docker(
      ["import"] + changes.flatMap { ["--change", $0] } + [archive, name], within: .seconds(120))
  }

  /// Makes the engine the manager of a new swarm; returns when its node is ready.
  ///
  /// - Parameter heartbeat: how often nodes report; a node counts as down after three that are missing.
  func initializeSwarm(heartbeat: Duration = .seconds(1)) throws {
    let seconds = "\(heartbeat.seconds)s"
    try docker(
      "swarm", "init", "--advertise-addr", address ?? "127.0.0.1", "--dispatcher-heartbeat", seconds)
    try eventually(within: .seconds(30), every: .milliseconds(50), "node \(options.name) ready") {
      try docker("node", "ls", "--format", "{{.Hostname}} {{.Status}}") == "\(options.name) Ready"
    }
  }

  /// Joins the swarm of a manager.
  func join(_ manager: DockerEngine, asManager: Bool = false) throws {
    guard let address, let managerAddress = manager.address else { throw TestbedError("the engines share no hub") }
    let token = try manager.docker("swarm", "join-token", "-q", asManager ? "manager" : "worker")
    try docker("swarm", "join", "--token", token, "--advertise-addr", address, "\(managerAddress):2377")
  }

  func leaveSwarm() throws {
    try docker("swarm", "leave", "--force")
  }

  /// Creates a service, from the test image unless told otherwise, and returns its id at once, before its tasks run.
  ///
  /// Without the ip_vs kernel module there are no virtual addresses, hence the endpoint mode. The first process of a
  /// container ignores SIGTERM unless it has a handler, hence the stop signal.
  @discardableResult
  func createService(
    _ name: String, _ options: [String] = [], image: String = TestImage.name, command: [String] = ["sleep", "infinity"]
  ) throws -> String {
    let common = [
      "--detach", "--no-resolve-image", "--endpoint-mode", "dnsrr", "--stop-signal", "KILL", "--name", name,
    ]
    return try docker(["service", "create"] + common + options + [image] + command)
  }

  /// The states of a service's tasks that are meant to run, as `docker service ps` says them: `Running`, `Pending`...
  func taskStates(of service: String) throws -> [String] {
    let arguments = ["service", "ps", "--filter", "desired-state=running", "--format", "{{.CurrentState}}", service]
    return try docker(arguments).split(separator: "\n").map { String($0.prefix { $0 != " " }) }
  }

  /// Waits until a service has exactly `count` running tasks.
  func waitForRunning(_ count: Int, of service: String, within limit: Duration = .seconds(60)) throws {
    try eventually(within: limit, every: .milliseconds(100), "\(count) running tasks of \(service)") {
      let states = try taskStates(of: service)
      if states.filter({ $0 == "Running" }).count == count { return true }
      throw TestbedError("\(states)")
    }
  }

  /// Kills the daemon alone. Its containers go on, until ``startDaemon()`` brings it back and it replaces them.
  func killDaemon() {
    guard let process = daemon.withLock({ $0 }) else { return }
    // All but the first one, nsenter, which is the daemon's parent: a zombie's pid file would count as a live daemon's.
    for descendant in ProcessTree.members(process.pid).dropFirst() { Glibc.kill(descendant, SIGKILL) }
    // After a pause, nsenter may have stopped itself, as its child had been, and would not take note of the end.
    ProcessTree.resume(process.pid)
    _ = process.wait(within: .seconds(10))
  }

  /// Starts the daemon again after ``killDaemon()``; returns when it answers.
  func startDaemon() throws {
    try launchDaemon()
    try awaitReady()
  }

  /// Freezes the daemon: its socket accepts and nobody answers.
  func pauseDaemon() throws {
    if let process = daemon.withLock({ $0 }) { try ProcessTree.pause(process.pid) }
  }

  func resumeDaemon() {
    if let process = daemon.withLock({ $0 }) { ProcessTree.resume(process.pid) }
  }

  /// Kills the whole machine: the daemon, its containers and its network, as a power failure does.
  func kill() {
    // The daemon's parent is outside of the machine, which does not end before that parent has taken note.
    resumeDaemon()
    machine.powerOff()
  }

  /// Ends the engine and all that it made. Call it when the test is over, in `defer` or `deinit`.
  func stop() {
    kill()
    if (try? Subprocess.run([Tool.script("remove-cgroups"), cgroup])) != nil { cgroupCleanup.remove() }
    machine.remove()
    Scratch.remove(data)
  }

  /// What the names of all that the engine makes outside of its machine contain: files, mounts, processes, groups.
  var traceNames: [String] { ["\(machine.directory)/", data, cgroup] }

  /// What the daemon has logged.
  var logText: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

  /// Waits until the daemon answers, and imports the test image.
  func awaitReady() throws {
    try eventually(within: .seconds(60), every: .milliseconds(50), "start of the Docker Engine \(options.name)") {
      if let exit = daemon.withLock({ $0?.exit }) {
        throw TestbedError.final("ended with \(exit): \(logText.suffix(2000))")
      }
      return try get("/_ping").status == 200
    }
    if options.hasTestImage, try docker("image", "ls", "-q", TestImage.name).isEmpty {
      try TestImage.load(into: self)
    }
  }

  private var log: String { "\(machine.directory)/daemon.log" }

  private var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment
    for name in ["DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] { environment[name] = nil }
    environment["DOCKER_HOST"] = host
    environment["DOCKER_CONFIG"] = "\(machine.directory)/cli"
    environment["DOCKER_BUILDKIT"] = "0"
    return environment
  }

  private func launchDaemon() throws {
    let directory = machine.directory
    var command = [
      "dockerd", "--data-root", data, "--exec-root", "\(directory)/exec", "--pidfile", "\(directory)/docker.pid",
      "--config-file", "\(directory)/daemon.json", "--host", host, "--group", "root",
      "--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", "/\(cgroup)", "--shutdown-timeout", "1",
    ]
    switch options.network {
    case .host: command += ["--bridge=none", "--iptables=false", "--ip-forward=false"]
    case .isolated: command += ["--host", "tcp://0.0.0.0:2375", "--tls=false"]
    }
    try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(directory)/daemon.json"))
    let process = try Subprocess(machine.command(command), output: .file(log))
    daemon.withLock { $0 = process }
  }
}
