import Foundation

/// A network switch in a network namespace of its own. It has no way out, and goes with its one process.
final class Hub: Sendable {
  private let process: Subprocess
  private let network = "198.18.\(Int.random(in: 1...250))"
  /// The device that connects the test process's network; it vanishes with the other end.
  private let uplink = "\(linkPrefix)\(Int.random(in: 100_000..<999_999))"

  /// How the names of this run's network devices begin; at most 15 bytes are allowed in all.
  static let linkPrefix = "v" + Scratch.root.suffix(6)

  /// - Parameter reachable: whether the test process's network gets a device that leads to the hub.
  init(reachable: Bool) throws {
    process = try Subprocess(["unshare", "--net", "--fork", "--kill-child=KILL", "sleep", "infinity"])
    try eventually(within: .seconds(10), "start of the hub") { [process] in
      if process.exit != nil { throw TestbedError.final(process.errorOutput) }
      return try enter(["ip", "-br", "link"]).contains("lo") && isSeparate(process.pid)
    }
    try enter(["ip", "link", "add", "hub", "type", "bridge"])
    try enter(["ip", "link", "set", "hub", "up"])
    if reachable {
      try connect(portName: "uplink", device: uplink, in: getpid())
      try Subprocess.run(["ip", "address", "add", "\(network).254/24", "dev", uplink])
      try Subprocess.run(["ip", "link", "set", uplink, "up"])
    }
  }

  /// Connects a machine as `eth0` and returns its address.
  func plug(_ machine: Machine, number: Int) throws -> String {
    let address = "\(network).\(number)"
    try connect(portName: "port\(number)", device: "eth0", in: machine.pid)
    try machine.run(["ip", "address", "add", "\(address)/24", "dev", "eth0"])
    try machine.run(["ip", "link", "set", "eth0", "up"])
    return address
  }

  /// Cuts or restores a machine's connection.
  func setPort(_ number: Int, isUp: Bool) throws {
    try enter(["ip", "link", "set", "port\(number)", isUp ? "up" : "down"])
  }

  func remove() {
    process.kill()
    try? eventually(within: .seconds(10), "end of \(uplink)") {
      !FileManager.default.fileExists(atPath: "/sys/class/net/\(uplink)")
    }
  }

  private func connect(portName: String, device: String, in pid: pid_t) throws {
    let peer = ["peer", "name", device, "netns", "\(pid)"]
    try enter(["ip", "link", "add", portName, "type", "veth"] + peer)
    try enter(["ip", "link", "set", portName, "master", "hub", "up"])
  }

  @discardableResult
  private func enter(_ command: [String]) throws -> String {
    try Subprocess.run(["nsenter", "--target", "\(process.pid)", "--net"] + command)
  }
}

/// Whether a process has left the test process's network.
private func isSeparate(_ pid: pid_t) throws -> Bool {
  let manager = FileManager.default
  let own = try manager.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
  return try manager.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/net") != own
}
