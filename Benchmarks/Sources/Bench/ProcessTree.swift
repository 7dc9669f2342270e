import Foundation

/// A process and its descendants, as `/proc` shows them.
struct ProcessTree {
  let root: pid_t

  /// All of them, the root first.
  var pids: [pid_t] {
    var found = [root]
    var next = 0
    while next < found.count {
      for thread in Self.threads(of: found[next]) {
        found += ProcFile.read("\(thread)/children").split(separator: " ").compactMap { pid_t($0) }
      }
      next += 1
    }
    return found
  }

  /// User and system time of all living threads, in seconds: what `utime` and `stime` of `/proc/PID/stat`
  /// are cut down from to ticks of 10 ms.
  var cpuSeconds: Double {
    let threads = pids.flatMap { Self.threads(of: $0) }
    let nanoseconds = threads.compactMap { Double(ProcFile.read("\($0)/schedstat").prefix { $0 != " " }) }
    return nanoseconds.reduce(0, +) / 1e9
  }

  /// Anonymous resident memory in bytes.
  var anonymousBytes: Double { pids.map { Self.status("RssAnon", of: $0) }.reduce(0, +) }

  /// Resident memory in bytes, pages that it shares with others included.
  var residentBytes: Double { pids.map { Self.status("VmRSS", of: $0) }.reduce(0, +) }

  func signal(_ number: Int32) {
    for pid in pids { kill(pid, number) }
  }

  private static func threads(of pid: pid_t) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
    return names.map { "/proc/\(pid)/task/\($0)" }
  }

  private static func status(_ field: String, of pid: pid_t) -> Double {
    for line in ProcFile.read("/proc/\(pid)/status").split(separator: "\n") where line.hasPrefix("\(field):") {
      return (Double(line.split(separator: " ").dropLast().last ?? "") ?? 0) * 1024
    }
    return 0
  }
}
