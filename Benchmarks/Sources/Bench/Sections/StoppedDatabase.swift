import Glibc

/// `/health/` while PostgreSQL is there and does not answer.
enum StoppedDatabase {
  static func run(in bench: Bench, report: inout Report) throws {
    let vitals = try Vitals.start(in: bench)
    defer { bench.workspace.stop(vitals.child) }
    let nginx = try Nginx.start(sameAs: vitals, in: bench)
    defer { bench.workspace.stop(nginx.child) }

    let postgres = ProcessTree(root: bench.databases.postgres.pid)
    postgres.signal(SIGSTOP)
    defer { postgres.signal(SIGCONT) }

    // The verdict turns from 200 to 503 in the first round.
    let plan = Load.Plan(seconds: bench.options.roundSeconds, expectsRefusals: true)
    let label = "/health/, PostgreSQL stopped"
    let laps = try Rounds.run(
      [vitals, nginx].map { Rounds.Turn(server: $0, path: "/health/", label: label, plan: plan) }, in: bench)
    report.add(laps)
    report.compare("\(label): p99", laps[0], with: laps[1], "µs", target: .ratioAtMost(1.1)) { $0.p99 }
  }
}
