import Engine
import FoundationEssentials
import Glibc
import Operations
import Vitals

/// The machine of an engine that this process reaches over a unix socket, as the engine itself sees it.
///
/// An engine may have a network and a file system of its own, so all is read through its process' entry in `/proc`.
struct EngineMachine {
  private let proc: String

  /// Nil where the engine is on another machine, or where its process can't be seen from here, as from a container.
  init?(of host: Host) {
    guard case .unix(let path) = host.endpoint, let pid = EngineMachine.listener(at: path), pid > 0 else { return nil }
    proc = "/proc/\(pid)"
    guard readFile("\(proc)/net/route") != nil else { return nil }
  }

  /// What the kernel tells about it.
  ///
  /// - Parameter dataRoot: where the engine keeps its data.
  func facts(dataRoot: String) -> MachineFacts {
    func text(_ name: String) -> String { readFile("\(proc)/net/\(name)") ?? "" }
    var facts = MachineFacts(
      route: text("route"), trie: text("fib_trie"),
      sockets: [("tcp", false), ("tcp6", false), ("udp", true), ("udp6", true)].map { (text($0.0), $0.1) })
    let wanted = Set(MachineFacts.ports.map(\.port))
    let programs = EngineMachine.programs(
      of: Set(facts.listeners.filter { wanted.contains($0.port) && $0.inode > 0 }.map(\.inode)))
    for index in facts.listeners.indices { facts.listeners[index].program = programs[facts.listeners[index].inode] }
    var status = statvfs()
    if !dataRoot.isEmpty, statvfs("\(proc)/root\(dataRoot)", &status) == 0 {
      let block = UInt64(status.f_frsize)
      facts.disk = (UInt64(status.f_bavail) * block, UInt64(status.f_blocks) * block)
    }
    return facts
  }

  /// The process that listens at a path; 0 where it is in a PID namespace that can't be seen from here.
  private static func listener(at path: String) -> pid_t? {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isShort = withUnsafeMutableBytes(of: &address.sun_path) { buffer in
      guard path.utf8.count < buffer.count else { return false }
      buffer.copyBytes(from: path.utf8)
      return true
    }
    guard isShort else { return nil }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { return nil }
    // struct ucred, which Glibc's module leaves out: pid, uid, gid.
    var credentials: [UInt32] = [0, 0, 0]
    var length = socklen_t(12)
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
    return pid_t(bitPattern: credentials[0])
  }

  /// The names of the programs that hold sockets, as far as this user may see them.
  private static func programs(of inodes: Set<UInt64>) -> [UInt64: String] {
    guard !inodes.isEmpty else { return [:] }
    var found: [UInt64: String] = [:]
    for pid in entries(of: "/proc") where pid.allSatisfy(\.isNumber) {
      for descriptor in entries(of: "/proc/\(pid)/fd") {
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = buffer.withUnsafeMutableBytes { bytes in
          bytes.withMemoryRebound(to: CChar.self) { text in
            text.baseAddress.map { readlink("/proc/\(pid)/fd/\(descriptor)", $0, text.count) } ?? -1
          }
        }
        guard count > 0 else { continue }
        let target = String(decoding: buffer[..<count], as: UTF8.self)
        guard target.hasPrefix("socket:["), let inode = UInt64(target.dropFirst(8).dropLast()), inodes.contains(inode)
        else { continue }
        found[inode] = readFile("/proc/\(pid)/comm").map { String($0.prefix { !$0.isNewline }) }
      }
    }
    return found
  }

  private static func entries(of path: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
  }
}
