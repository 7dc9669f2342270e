import Foundation

extension SwarmScene {
  /// Waits until the jobs that end have ended.
  func waitForJobs() throws {
    try eventually(within: .seconds(60), every: .milliseconds(500), "the end of the jobs") {
      let services: [SwarmView.Object] = try SwarmView.get("/services?status=true", engine)
      let done = services.filter { ["done", "done-everywhere"].contains($0.text("Spec", "Name") ?? "") }
      return done.map { $0.number("ServiceStatus", "CompletedTasks") ?? 0 }.reduce(0, +) == 4
    }
  }

  /// Compares all gauges at a refresh before and after which the engine said the same.
  ///
  /// Three looks in a row: the refresh lies between the pages of the last two, so it began after the first.
  func compareGauges() throws {
    let last = MetricsPage.Series("vitals_collector_last_success_timestamp_seconds", ["collector": "swarm"])
    var refresh: Double?
    var earlier: [[MetricsPage.Series: Double]] = []
    try eventually(within: .seconds(120), every: .milliseconds(50), "all gauges as the API has them") {
      let page = try vitals.page()
      let after = try SwarmView(engine).series(nodeLabel: Self.nodeLabel)
      defer {
        earlier = earlier.suffix(1) + [after]
        refresh = page[last]
      }
      guard earlier.count == 2, page[last] != refresh, earlier.allSatisfy({ $0 == after }) else {
        throw TestbedError("the engine never stood still for a refresh")
      }
      let differences = page.differences(from: after)
      guard differences.isEmpty else { throw TestbedError.final(differences.joined(separator: "\n")) }
      return true
    }
  }
}

extension MetricsPage {
  /// Where the swarm's gauges are others than `series` has them.
  fileprivate func differences(from series: [MetricsPage.Series: Double]) -> [String] {
    // The score is made of more than what the engine says.
    let others = ["swarm_service_task_", "swarm_health_"]
    let gauges = samples.filter { series, _ in
      series.name.hasPrefix("swarm_") && !others.contains(where: series.name.hasPrefix)
    }
    return Set(gauges.keys).union(series.keys).sorted().compactMap { name in
      let (real, wanted) = (gauges[name], series[name])
      // Times pass through a decimal number.
      if let real, let wanted, abs(real - wanted) < 1e-5 { return nil }
      return "\(name) is \(real.map { "\($0)" } ?? "absent"), not \(wanted.map { "\($0)" } ?? "absent")"
    }
  }
}
