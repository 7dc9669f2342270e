/// Loads taken in turn, A B C A B C, so that what the machine does meanwhile falls on all alike.
enum Rounds {
  /// One server on one path, once a round.
  struct Turn {
    let server: Server
    let path: String
    /// What the report calls the path, when it says more than the path does.
    var label: String?
    var plan: Load.Plan
  }

  /// - Returns: one lap a turn, in their order, with a load a round.
  static func run(_ turns: [Turn], in bench: Bench) throws -> [Report.Lap] {
    var laps = turns.map { Report.Lap(server: $0.server.name, path: $0.label ?? $0.path) }
    for round in 1...bench.options.rounds {
      for (index, turn) in turns.enumerated() {
        progress("round \(round) of \(bench.options.rounds): \(laps[index].server) \(laps[index].path)")
        laps[index].loads.append(try Load.run(turn.path, of: turn.server, turn.plan, in: bench))
      }
    }
    return laps
  }
}
