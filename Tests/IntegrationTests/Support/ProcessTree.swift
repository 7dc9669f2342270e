import Foundation
import Glibc

/// Signals to a process and everything that descends from it. PostgreSQL's and Docker's children leave the group.
enum ProcessTree {
  /// The process and its living descendants, parents first.
  static func members(_ root: pid_t) -> [pid_t] {
    var children: [pid_t: [pid_t]] = [:]
    for (process, parent) in parents() { children[parent, default: []].append(process) }
    var found = [root]
    var index = 0
    while index < found.count {
      found += (children[found[index]] ?? []).sorted()
      index += 1
    }
    return found.filter { Glibc.kill($0, 0) == 0 }
  }

  /// Stops all of them; returns when none runs any more and none was born meanwhile.
  static func pause(_ root: pid_t) throws {
    try eventually(within: .seconds(5), every: .milliseconds(1), "stop of \(root)") {
      let running = members(root).filter { !["T", "t", "Z"].contains(state(of: $0)) }
      for process in running { Glibc.kill(process, SIGSTOP) }
      return running.isEmpty
    }
  }

  static func resume(_ root: pid_t) {
    for process in members(root).reversed() { Glibc.kill(process, SIGCONT) }
  }

  /// Kills all of them and waits until they are gone or zombies.
  static func kill(_ root: pid_t) {
    let victims = members(root)
    for process in victims { Glibc.kill(process, SIGKILL) }
    try? eventually(within: .seconds(10), every: .milliseconds(1), "end of \(root)") {
      victims.allSatisfy { [nil, "Z", "X"].contains(state(of: $0)) }
    }
  }

  /// The letter of proc(5) for the state of a process; nil when there is no such process.
  static func state(of process: pid_t) -> String? {
    fields(of: process)?.first.map(String.init)
  }

  private static func parents() -> [pid_t: pid_t] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    var parents: [pid_t: pid_t] = [:]
    for process in names.compactMap(pid_t.init) {
      if let fields = fields(of: process), fields.count > 1 { parents[process] = pid_t(fields[1]) }
    }
    return parents
  }

  /// The fields of /proc/PID/stat behind the name, which may itself hold spaces and parentheses.
  private static func fields(of process: pid_t) -> [Substring]? {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return nil }
    return stat[stat.index(after: end)...].split(separator: " ")
  }
}
