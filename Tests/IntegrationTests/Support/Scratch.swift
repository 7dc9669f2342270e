import Foundation
import Glibc
import TestSupport

/// Directories and ports that belong to this test run alone.
enum Scratch {
  /// The run's own directory. Its path is short: a unix socket's may not exceed 107 bytes.
  static let root: String = make("/tmp")

  /// A directory in memory where there is one with space, for servers that sync a lot; else one below ``root``.
  static let memory: String = {
    var usage = statvfs()
    let free = statvfs("/dev/shm", &usage) == 0 ? UInt64(usage.f_bavail) * UInt64(usage.f_frsize) : 0
    return free > 2 << 30 ? make("/dev/shm") : root
  }()

  private static let count = Monitor(0)

  /// A new, empty directory, deleted when the test process ends at the latest.
  static func directory(_ name: String, in parent: String = root) throws -> String {
    let number = count.withLock { count in
      count += 1
      return count
    }
    let path = "\(parent)/\(name)\(number)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    return path
  }

  /// Deletes a directory of ``directory(_:in:)``.
  static func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// A loopback port on which nobody listens, never handed out before in this run.
  static func port() throws -> Int { Int(try FreePort.next()) }

  private static func make(_ parent: String) -> String {
    var template = Array("\(parent)/vitals-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fatalError("mkdtemp in \(parent): errno \(errno)") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // Servers that run as users of their own must be able to reach their directories.
    chmod(path, 0o711)
    _ = CrashGuard.shared.add("rm -rf --one-file-system \(path)")
    return path
  }
}
