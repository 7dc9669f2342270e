import Foundation
import Glibc

/// A machine for a Docker Engine: processes, mounts, a host name and a network of its own, on this machine's kernel.
///
/// Its first process holds all of that together. When it dies, by ``powerOff()`` or because the test process died, the
/// kernel ends every process in the machine and drops its mounts and network devices.
final class Machine: Sendable {
  enum Network: Sendable {
    /// The network of the test process: for what must reach a package registry.
    case host
    /// A network that ends at the machine: nothing but the loopback device, and what ``Hub`` plugs in.
    case isolated
  }

  let name: String
  /// Where the machine's files are; the same path inside and outside.
  let directory: String
  private let launcher: Subprocess
  /// The first process, as seen from outside.
  let pid: pid_t

  init(_ name: String, network: Network) throws {
    guard geteuid() == 0 else {
      throw TestbedError("a Docker Engine needs root: run the tests as root, or without it by VITALS_SKIP_ENGINE=1")
    }
    self.name = name
    directory = try Scratch.directory(name)
    let namespaces = ["--mount", "--uts", "--pid", "--mount-proc"] + (network == .isolated ? ["--net"] : [])
    let command = ["unshare"] + namespaces + ["--fork", "--kill-child=KILL", Tool.script("machine"), name, directory]
    launcher = try Subprocess(command, output: .file("\(directory)/log"))
    pid = try eventually(within: .seconds(10), "start of machine \(name)") { [launcher, directory] in
      if launcher.exit != nil { throw TestbedError.final(Self.log(directory)) }
      guard access("\(directory)/up", F_OK) == 0 else { return nil }
      return ProcessTree.members(launcher.pid).dropFirst().first
    }
    if network == .isolated { try run(["ip", "link", "set", "lo", "up"]) }
  }

  /// The command that runs `command` inside the machine.
  func command(_ command: [String]) throws -> [String] {
    let program = try Tool.path(command[0])
    return ["nsenter", "--target", "\(pid)", "--mount", "--uts", "--net", "--pid", program] + command.dropFirst()
  }

  /// Runs a command inside the machine to its end and returns its output.
  @discardableResult
  func run(_ command: [String], within limit: Duration = .seconds(30)) throws -> String {
    try Subprocess.run(self.command(command), within: limit)
  }

  /// Ends everything in the machine at once, without a chance to say goodbye.
  func powerOff() {
    launcher.kill()
  }

  /// Ends the machine and deletes its files.
  func remove() {
    powerOff()
    Scratch.remove(directory)
  }

  private static func log(_ directory: String) -> String {
    (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? ""
  }
}
