import Glibc

/// From exec to the first answer, and the whole life of `vitals probe`.
enum Starts {
  static func run(in bench: Bench, report: inout Report) throws {
    progress("\(bench.options.starts) starts, \(bench.options.probes) probes")
    let starts = try (0..<bench.options.starts).map { _ in try firstAnswer(in: bench) }
    report.add(
      .init(
        figure: "exec to the first 200 on /health/live", vitals: starts.median * 1e3, unit: "ms", target: .atMost(50)))

    let vitals = try Vitals.start(in: bench)
    defer { bench.workspace.stop(vitals.child) }
    let probes = try (0..<bench.options.probes).map { _ in try probe(vitals, in: bench) }
    report.add(.init(figure: "vitals probe, exec to exit", vitals: probes.median * 1e3, unit: "ms"))
  }

  private static func firstAnswer(in bench: Bench) throws -> Double {
    let port = try Connection.freePort()
    let arguments = Vitals.arguments(port: port, engine: nil, in: bench)
    let started = monotonicSeconds()
    let child = try bench.workspace.start("vitals", arguments, core: bench.workspace.cores.server, bare: true)
    defer { bench.workspace.stop(child) }
    while (try? Connection.fetch("/health/live", port: port).status) != 200 {
      guard monotonicSeconds() < started + 10 else { throw Failure("no answer in 10 s: \(child.lastWords)") }
      sched_yield()
    }
    return monotonicSeconds() - started
  }

  private static func probe(_ server: Server, in bench: Bench) throws -> Double {
    let started = monotonicSeconds()
    let child = try bench.workspace.start(
      "probe", [bench.options.vitals, "probe", "http://127.0.0.1:\(server.port)"],
      core: bench.workspace.cores.server, bare: true)
    let exit = bench.workspace.wait(for: child)
    let took = monotonicSeconds() - started
    guard exit.status == 0 else { throw Failure("vitals probe ended with \(exit.status): \(child.lastWords)") }
    return took
  }
}
