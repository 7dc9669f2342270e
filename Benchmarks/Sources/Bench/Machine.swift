import Foundation

/// What the figures were measured on and with.
enum Machine {
  static func describe(in workspace: Workspace, options: Options) -> [String] {
    var kernel = utsname()
    uname(&kernel)
    let release = withUnsafeBytes(of: kernel.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let cores = workspace.cores
    let processors = ProcessInfo.processInfo.processorCount
    let memory = ProcessInfo.processInfo.physicalMemory / (1 << 30)

    /// The first version number in what the program says.
    func version(_ name: String, _ command: [String]) -> String {
      guard let said = try? workspace.run(command).output else { return "\(name) missing" }
      return "\(name) \(said.firstMatch(of: /[0-9]+\.[0-9][^\s,()]*/)?.output ?? "?")"
    }
    func package(_ name: String, _ package: String) -> String {
      version(name, ["dpkg-query", "--show", "--showformat", "${Version} ", package])
    }
    let gunicorn = ["\(options.build)/venv/bin/pip", "list", "--disable-pip-version-check"]
    let modules = (try? workspace.run(gunicorn).output.split(separator: "\n")) ?? []
    let python = ["Django", "gunicorn", "psycopg2-binary", "redis"].compactMap { name in
      modules.first { $0.lowercased().hasPrefix("\(name.lowercased()) ") }?.split(separator: " ").joined(separator: " ")
    }
    return [
      "\(processors) cores (\(model)), \(memory) GB, Linux \(release); "
        + "servers on core \(cores.server), load on \(cores.load), databases on \(cores.databases)",
      [
        version("vitals", [options.vitals, "--version"]), package("nginx", "nginx-light"),
        version("go", ["go", "env", "GOVERSION"]), package("lib/pq", "golang-github-lib-pq-dev"),
      ].joined(separator: ", "),
      python.joined(separator: ", "),
      [
        version("PostgreSQL", ["postgres", "--version"]), version("Redis", ["redis-server", "--version"]),
        package("postgres_exporter", "prometheus-postgres-exporter"),
        package("redis_exporter", "prometheus-redis-exporter"), package("wrk", "wrk"),
      ].joined(separator: ", "),
    ]
  }

  /// The time all cores have been busy since the machine started, in seconds.
  static var cpuSeconds: Double {
    let line = ProcFile.read("/proc/stat").prefix { $0 != "\n" }
    let ticks = line.split(separator: " ").dropFirst().compactMap { Double($0) }
    // user nice system idle iowait irq softirq steal; what follows is part of user and nice.
    guard ticks.count >= 8 else { return 0 }
    return (ticks[..<3] + ticks[5..<8]).reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static var model: String {
    let line = ProcFile.read("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
  }
}
