/// `/metrics` of a swarm of ordinary size, beside the exporters: one scrape after the other.
enum Scrapes {
  static let tasks = 500

  static func run(in bench: Bench, report: inout Report) throws {
    let engine = try Engine(tasks: tasks, in: bench)
    defer { bench.workspace.stop(engine.child) }
    let vitals = try Vitals.start(engine: engine, in: bench)
    defer { bench.workspace.stop(vitals.child) }
    var refreshes = SwarmRefreshes(of: vitals)
    try refreshes.awaitNext()
    let exporters = [("postgres_exporter", Exporters.startPostgres), ("redis_exporter", Exporters.startRedis)]
      .compactMap { name, start in bench.attempt(name, report: &report) { try start(bench) } }
    defer { exporters.forEach { bench.workspace.stop($0.child) } }

    let encodings = [("/metrics", "identity"), ("/metrics, gzip", "gzip")]
    let turns = encodings.flatMap { label, encoding in
      ([vitals] + exporters).map {
        Rounds.Turn(
          server: $0, path: "/metrics", label: label,
          plan: .init(connections: 1, seconds: bench.options.roundSeconds, headers: ["Accept-Encoding: \(encoding)"]))
      }
    }
    let laps = try Rounds.run(turns, in: bench)
    report.add(laps)

    let size = try Connection.fetch("/metrics", port: vitals.port).body.count
    progress("/metrics has \(size) bytes with \(Engine.services) services and \(tasks) tasks")
    for (label, _) in encodings {
      let ours = laps.first { $0.server == vitals.name && $0.path == label }
      if let ours {
        report.add(
          .init(
            figure: "\(label): CPU a scrape", vitals: ours.loads.map(\.cpu).median, unit: "µs", target: .atMost(1000)))
      }
      for exporter in exporters {
        let theirs = laps.first { $0.server == exporter.name && $0.path == label }
        report.compare("\(label): CPU a scrape", ours, with: theirs, "µs", target: nil) { $0.cpu }
        report.compare("\(label): p50", ours, with: theirs, "µs", target: nil) { $0.p50 }
        report.compare("\(label): p99", ours, with: theirs, "µs", target: nil) { $0.p99 }
      }
    }
  }
}
