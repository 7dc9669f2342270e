import Foundation

/// The stand-in for the manager's Engine API: peers/engine.
struct Engine {
  static let services = 50

  let child: Child
  let address: String

  /// On the load generator's core, and nice: what is to be measured beside it shall not wait for it.
  init(tasks: Int, in bench: Bench) throws {
    let socket = bench.workspace.path("engine-\(tasks).sock")
    child = try bench.workspace.start(
      "engine-\(tasks)",
      [
        "nice", "\(bench.options.build)/engine", "-socket", socket,
        "-services", "\(Self.services)", "-tasks", "\(tasks)",
      ],
      core: bench.workspace.cores.load)
    address = "unix://\(socket)"
    try poll(for: "the stand-in engine with \(tasks) tasks") { FileManager.default.fileExists(atPath: socket) }
  }
}
