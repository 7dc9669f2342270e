import Foundation

/// What is left on this machine of engines, hubs and laboratories.
enum Traces {
  /// Network devices, mounts, control groups, processes and files whose lines contain one of the names.
  static func of(_ names: [String]) throws -> [String] {
    let manager = FileManager.default
    let directories = try [Scratch.root, StackLab.root].filter(manager.fileExists).flatMap { directory in
      try manager.contentsOfDirectory(atPath: directory).map { "\(directory)/\($0)/" }
    }
    let everything = [
      try manager.contentsOfDirectory(atPath: "/sys/class/net").joined(separator: "\n"),
      try String(contentsOfFile: "/proc/mounts", encoding: .utf8),
      try Subprocess.run(["find", "/sys/fs/cgroup", "-type", "d"]),
      try Subprocess.run(["ps", "-eo", "pid,args"]),
      directories.joined(separator: "\n"),
    ]
    return everything.flatMap { $0.split(separator: "\n") }.map(String.init)
      .filter { line in names.contains { line.contains($0) } }
  }
}
