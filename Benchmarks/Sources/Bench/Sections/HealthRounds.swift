/// `/health/live` and `/health/` beside what else answers such a question.
enum HealthRounds {
  static func run(in bench: Bench, report: inout Report) throws {
    let vitals = try Vitals.start(in: bench)
    defer { bench.workspace.stop(vitals.child) }
    let nginx = try Nginx.start(sameAs: vitals, in: bench)
    defer { bench.workspace.stop(nginx.child) }
    let go = bench.attempt("Go with checks", report: &report) { try GoChecks.start(in: bench) }
    defer { go.map { bench.workspace.stop($0.child) } }
    let django = bench.attempt("Django", report: &report) { try Django.start(in: bench) }
    defer { django.map { bench.workspace.stop($0.child) } }

    let plan = Load.Plan(seconds: bench.options.roundSeconds)
    let turns =
      ["/health/live", "/health/"].flatMap { path in
        [vitals, nginx].map { Rounds.Turn(server: $0, path: path, plan: plan) }
      } + [go, django].compactMap { $0.map { Rounds.Turn(server: $0, path: "/health/", plan: plan) } }
    let laps = try Rounds.run(turns, in: bench)
    report.add(laps)

    func lap(_ server: Server?, _ path: String) -> Report.Lap? {
      laps.first { $0.server == server?.name && $0.path == path }
    }
    for path in ["/health/live", "/health/"] {
      let (ours, theirs) = (lap(vitals, path), lap(nginx, path))
      report.compare("\(path) requests", ours, with: theirs, "/s", target: .ratioAtLeast(1)) { $0.rate }
      report.compare("\(path) CPU a request", ours, with: theirs, "µs", target: .ratioAtMost(1)) { $0.cpu }
    }
    let health = lap(vitals, "/health/")
    let checks = lap(go, "/health/")
    let view = lap(django, "/health/")
    report.compare("/health/ requests", health, with: checks, "/s", target: .ratioAtLeast(20)) { $0.rate }
    report.compare("/health/ requests", health, with: view, "/s", target: .ratioAtLeast(30)) { $0.rate }
    report.compare("/health/ CPU a request", health, with: view, "µs", target: .ratioAtMost(0.01)) { $0.cpu }
    report.compare(
      "/health/ p99", health, with: lap(nginx, "/health/"), "µs", target: .ratioAtMost(1.1)
    ) { $0.p99 }
  }
}
