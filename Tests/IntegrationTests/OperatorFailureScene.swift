import Foundation

/// A swarm of a manager and a worker with one service, and what commands need that are given there in vain.
final class OperatorFailureScene {
  let lab: SwarmLab
  /// A backup of the stack, which anybody may read.
  let backup: String
  /// A file with the stack of the same name.
  let stackFile: String
  let auditLog: String
  let directory: String
  var manager: DockerEngine { lab.engines[0] }
  var worker: DockerEngine { lab.engines[1] }

  init() throws {
    lab = try SwarmLab(nodes: 2)
    directory = try Scratch.directory("failures")
    (backup, stackFile) = ("\(directory)/backup.tar.gz", "\(directory)/stack.yml")
    auditLog = "\(directory)/audit.log"
  }

  func stop() { lab.stop() }

  /// Makes the stack `shop`, and the files.
  func deploy() throws {
    try manager.createService("shop_web", ["--label", "com.docker.stack.namespace=shop"])
    try manager.waitForRunning(1, of: "shop_web")
    try "{name: shop, services: {web: {image: \(TestImage.name), command: [date]}}}".write(
      toFile: stackFile, atomically: false, encoding: .utf8)
    try vitals(["backup", "--only", "swarm", "--output", directory], at: manager.host).expectSuccess()
    let written = try FileManager.default.contentsOfDirectory(atPath: directory).first { $0.hasSuffix(".gz") } ?? ""
    try FileManager.default.moveItem(atPath: "\(directory)/\(written)", toPath: backup)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: backup)
  }

  /// Every command that acts on a swarm, as somebody gives it who wants it to be done.
  var commands: [[String]] {
    [
      ["init", "-c", stackFile], ["deploy", "-c", stackFile, "--no-lint"],
      ["update", "web", "--image", "vitals-test:2"],
      ["scale", "web=2"], ["rollback", "web"], ["status"], ["check"], ["monitor", "--once"], ["logs", "web"],
      ["run", "web", "--", "id"], ["backup", "--output", directory], ["restore", "--yes", backup],
      ["drain", "node1", "--yes"], ["activate", "node1"], ["cleanup", "--yes"], ["down", "--yes"], ["leave", "--yes"],
      ["lock"], ["lock", "--release"],
    ]
  }

  /// Runs a command to its end.
  ///
  /// - Parameter prefix: what runs the program.
  func vitals(_ arguments: [String], at host: String, prefix: [String] = []) throws -> Operator.Answer {
    let began = ContinuousClock.now
    let process = try VitalsProcess(
      arguments, environment: ["DOCKER_HOST": host, "VITALS_AUDIT_LOG": auditLog], prefix: prefix)
    defer { process.kill() }
    guard let exit = process.wait(within: .seconds(60)) else { throw TestbedError("\(arguments): no end") }
    return Operator.Answer(
      exit: exit, output: process.output, errorOutput: process.errorOutput,
      seconds: (ContinuousClock.now - began).seconds)
  }

  /// All that a command may change in the swarm and on its manager, and the files that it may write.
  func inventory() throws -> [String] {
    func lines(_ arguments: String...) throws -> [String] {
      try manager.docker(arguments).split(separator: "\n").map(String.init)
    }
    let services = try lines("service", "ls", "-q").map {
      try manager.docker("service", "inspect", "--format", "{{.Spec.Name}} {{.Version.Index}}", $0)
    }
    let nodes = try lines("node", "ls", "-q").map {
      try manager.docker("node", "inspect", "--format", "{{json .Spec}}", $0)
    }
    // The engine makes networks of its own anew when it is started.
    let networks = try lines("network", "ls", "-q", "--filter", "scope=swarm")
    let others = try ["config", "secret", "volume", "image"].flatMap { kind in
      try lines(kind, "ls", "-q").map { "\(kind) \($0)" }
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: directory)
    return (services + nodes + networks + others + files).sorted()
  }
}

extension Operator.Answer {
  fileprivate func expectSuccess() throws {
    guard code == 0 else { throw TestbedError("\(self)") }
  }
}
