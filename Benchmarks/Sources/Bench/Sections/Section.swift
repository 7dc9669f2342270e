/// A part of the run that can be asked for alone.
enum Section: String, CaseIterable {
  case health, stopped, memory, start, scrape, exporters, scale

  func run(in bench: Bench, report: inout Report) throws {
    progress("\(rawValue)")
    switch self {
    case .health: try HealthRounds.run(in: bench, report: &report)
    case .stopped: try StoppedDatabase.run(in: bench, report: &report)
    case .memory: try Memory.run(in: bench, report: &report)
    case .start: try Starts.run(in: bench, report: &report)
    case .scrape: try Scrapes.run(in: bench, report: &report)
    case .exporters: try ReplacedExporters.run(in: bench, report: &report)
    case .scale: try Scale.run(in: bench, report: &report)
    }
  }
}
