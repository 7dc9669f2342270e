import EventLoop
import Glibc
import Metrics

/// The `process_` families, by the names of Prometheus' client libraries.
///
/// Counting descriptors reads a directory with an entry for each, so the numbers are kept for a second: as many scrapers as
/// like may ask.
final class ProcessMetrics: @unchecked Sendable {
  private let loop: EventLoop
  private var kept: [Family] = []
  private var keptUntil = Instant(nanoseconds: .min)
  private let started: Double?

  init(on loop: EventLoop) {
    self.loop = loop
    started = ProcessMetrics.startTime()
  }

  func families() -> [Family] {
    if loop.now >= keptUntil {
      kept = read()
      keptUntil = loop.now + .seconds(1)
    }
    return kept
  }

  private func read() -> [Family] {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    var cpu = Family(
      "process_cpu_seconds_total", .counter, help: "User and system CPU time spent in seconds.", unit: "seconds")
    cpu.add(seconds(usage.ru_utime) + seconds(usage.ru_stime))
    var families = [cpu]

    let pages = (readFile("/proc/self/statm") ?? "").split(separator: " ").compactMap { Double($0) }
    if pages.count > 1 {
      let size = Double(sysconf(Int32(_SC_PAGESIZE)))
      var virtual = Family("process_virtual_memory_bytes", .gauge, help: "Virtual memory size in bytes.", unit: "bytes")
      virtual.add(pages[0] * size)
      var resident = Family(
        "process_resident_memory_bytes", .gauge, help: "Resident memory size in bytes.", unit: "bytes")
      resident.add(pages[1] * size)
      families += [virtual, resident]
    }
    var open = Family("process_open_fds", .gauge, help: "Number of open file descriptors.")
    open.add(ProcessMetrics.openDescriptors())
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    var maximum = Family("process_max_fds", .gauge, help: "Maximum number of open file descriptors.")
    maximum.add(Double(limit.rlim_cur))
    families += [open, maximum]
    if let started {
      var start = Family(
        "process_start_time_seconds", .gauge, help: "Start time of the process since unix epoch in seconds.",
        unit: "seconds")
      start.add(started)
      families.append(start)
    }
    return families
  }

  private func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

  private static func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    // Without `.`, `..` and the directory's own descriptor.
    return count - 3
  }

  /// Seconds since 1970: the boot time and the process' start after it (proc(5), field 22 of stat).
  private static func startTime() -> Double? {
    let stat = readFile("/proc/self/stat") ?? ""
    // The command's name, in parentheses, may hold spaces.
    guard let name = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: name)...].split(separator: " ")
    let boot = readFile("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
    guard fields.count > 19, let ticks = Double(fields[19]), let boot, let base = Double(boot.dropFirst(6)) else {
      return nil
    }
    return base + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
