/// What a refresh costs as the swarm grows, and what `/health/live` feels of it.
enum Scale {
  private static let sizes = [10_000, 100_000]
  /// Requests a second to `/health/live` meanwhile.
  private static let rate = 200.0

  private struct Cost {
    let cpu: Double
    let peak: Double
    let p99: Double
    /// The requests that `p99` is of.
    let requests: Int
  }

  static func run(in bench: Bench, report: inout Report) throws {
    let vitals = try Vitals.start(in: bench)
    let baseline = vitals.tree.anonymousBytes
    bench.workspace.stop(vitals.child)

    var costs: [(tasks: Int, cost: Cost)] = []
    for tasks in sizes {
      let cost = bench.attempt("a swarm of \(tasks) tasks", report: &report) { try measure(tasks, in: bench) }
      guard let cost else { continue }
      costs.append((tasks, cost))
      let growth = (cost.peak - baseline) / 1e6
      report.add(.init(figure: "\(tasks) tasks: CPU a refresh", vitals: cost.cpu * 1e3, unit: "ms"))
      report.add(.init(figure: "\(tasks) tasks: peak memory growth", vitals: growth, unit: "MB", target: .atMost(16)))
      report.add(
        .init(
          figure: "\(tasks) tasks: /health/live p99 of \(cost.requests) in a refresh", vitals: cost.p99 * 1e3,
          unit: "ms",
          target: .atMost(5)))
    }
    guard costs.count == sizes.count else { return }
    let (few, many) = (costs[0].cost.cpu / Double(sizes[0]), costs[1].cost.cpu / Double(sizes[1]))
    // Linear, but for a tenth: the machine itself varies by about as much.
    report.add(
      .init(
        figure: "CPU a task and refresh, \(sizes[1]) tasks", vitals: many * 1e6, unit: "µs",
        peerName: "\(sizes[0]) tasks", peer: few * 1e6, ratio: many / few, target: .ratioAtMost(1.1)))
  }

  private static func measure(_ tasks: Int, in bench: Bench) throws -> Cost {
    let count = bench.options.refreshes
    let engine = try Engine(tasks: tasks, in: bench)
    defer { bench.workspace.stop(engine.child) }
    let vitals = try Vitals.start(engine: engine, in: bench)
    defer { bench.workspace.stop(vitals.child) }
    var refreshes = SwarmRefreshes(of: vitals)

    progress("\(tasks) tasks: \(count) refreshes at rest")
    try refreshes.awaitNext()
    let before = vitals.tree.cpuSeconds
    for _ in 0..<count { try refreshes.awaitNext() }
    let cpu = (vitals.tree.cpuSeconds - before) / Double(count)

    progress("\(tasks) tasks: \(count) refreshes with \(Int(rate)) requests a second")
    let client = PacedClient("/health/live", of: vitals, rate: rate)
    var seen: [SwarmRefreshes.Refresh] = []
    do {
      for _ in 0..<count { seen.append(try refreshes.awaitNext()) }
    } catch {
      _ = try client.stop()
      throw error
    }
    let samples = try client.stop()
    let during = samples.filter { sample in
      seen.contains { sample.asked < $0.end && sample.answered > $0.start }
    }
    guard !during.isEmpty else { throw Failure("no request fell in a refresh") }
    return Cost(
      cpu: cpu, peak: samples.map(\.anonymousBytes).max() ?? .nan,
      p99: during.map { $0.answered - $0.asked }.percentile(0.99), requests: during.count)
  }
}
