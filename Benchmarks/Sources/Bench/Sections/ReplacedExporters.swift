/// One vitals beside the exporters that it replaces, all on the same servers and scraped as Prometheus scrapes them.
enum ReplacedExporters {
  private static let interval = 15.0

  /// What a server used over all scrapes.
  private struct Usage {
    var cpuSeconds: Double
    var latencies: [Double] = []
    var residentBytes = 0.0
  }

  static func run(in bench: Bench, report: inout Report) throws {
    let vitals = try Vitals.startForExporters(in: bench)
    defer { bench.workspace.stop(vitals.child) }
    let starts = [
      ("postgres_exporter", Exporters.startPostgres), ("redis_exporter", Exporters.startRedis),
      ("celery-prometheus-exporter", Exporters.startCelery),
    ]
    let exporters = starts.compactMap { name, start in bench.attempt(name, report: &report) { try start(bench) } }
    defer { exporters.forEach { bench.workspace.stop($0.child) } }
    guard exporters.count == starts.count else { return }

    let servers = [vitals] + exporters
    // The first scrape connects, and is not what the day is like.
    for server in servers { _ = try Connection.fetch("/metrics", port: server.port) }
    var usages = servers.map { Usage(cpuSeconds: $0.tree.cpuSeconds) }
    let began = monotonicSeconds()
    for scrape in 1...bench.options.scrapes {
      progress("scrape \(scrape) of \(bench.options.scrapes)")
      for (index, server) in servers.enumerated() { usages[index].latencies.append(try latency(of: server)) }
      sleep(seconds: began + Double(scrape) * interval - monotonicSeconds())
    }
    let minutes = (monotonicSeconds() - began) / 60
    for (index, server) in servers.enumerated() {
      usages[index].cpuSeconds = (server.tree.cpuSeconds - usages[index].cpuSeconds) / minutes
      usages[index].residentBytes = server.tree.residentBytes
    }
    add(usages[0], beside: Array(usages[1...]), of: exporters, to: &report)
  }

  /// Seconds that a scrape takes, with its connection: Python's server keeps none.
  private static func latency(of server: Server) throws -> Double {
    let start = monotonicSeconds()
    let status = try Connection.fetch("/metrics", port: server.port).status
    guard status == 200 else { throw Failure("\(server.name) answered a scrape with \(status)") }
    return monotonicSeconds() - start
  }

  private static func add(_ ours: Usage, beside theirs: [Usage], of exporters: [Server], to report: inout Report) {
    func row(_ figure: String, _ unit: String, _ name: String, _ value: Double, _ peer: Double, _ target: Target?) {
      report.add(
        .init(
          figure: figure, vitals: value, unit: unit, peerName: name, peer: peer, ratio: value / peer, target: target))
    }
    for (exporter, usage) in zip(exporters, theirs) {
      row("resident memory", "MB", exporter.name, ours.residentBytes / 1e6, usage.residentBytes / 1e6, nil)
      row("CPU a minute, scraped each 15 s", "ms", exporter.name, ours.cpuSeconds * 1e3, usage.cpuSeconds * 1e3, nil)
    }
    let sum = "sum of the three"
    let memory = theirs.map(\.residentBytes).reduce(0, +)
    row("resident memory", "MB", sum, ours.residentBytes / 1e6, memory / 1e6, .ratioAtMost(0.25))
    let cpu = theirs.map(\.cpuSeconds).reduce(0, +)
    row("CPU a minute, scraped each 15 s", "ms", sum, ours.cpuSeconds * 1e3, cpu * 1e3, .ratioAtMost(1 / 3))
    let fastest = zip(exporters, theirs).min { $0.1.latencies.median < $1.1.latencies.median }
    guard let fastest else { return }
    row(
      "scrape, the fastest of them", "µs", fastest.0.name, ours.latencies.median * 1e6,
      fastest.1.latencies.median * 1e6, .ratioAtMost(1))
  }
}
