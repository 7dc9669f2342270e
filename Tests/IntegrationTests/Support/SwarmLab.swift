/// A swarm of several engines, each on a machine of its own, connected by a network without a way out.
final class SwarmLab: Sendable {
  private let hub: Hub
  /// The nodes `node1`, `node2` and so on; the first one is a manager.
  let engines: [DockerEngine]

  /// Starts the engines and joins them in one swarm.
  ///
  /// - Parameters:
  ///   - managers: how many of the nodes are managers.
  ///   - isReachable: whether the test process can reach the nodes' TCP ports, see ``DockerEngine/tcpHost``.
  init(nodes: Int = 2, managers: Int = 1, isReachable: Bool = false) throws {
    hub = try Hub(reachable: isReachable)
    var engines: [DockerEngine] = []
    do {
      for number in 1...nodes {
        engines.append(try DockerEngine(.init(name: "node\(number)"), hub: hub, number: number))
      }
      for engine in engines { try engine.awaitReady() }
      try engines[0].initializeSwarm()
      for (index, engine) in engines.enumerated().dropFirst() {
        try engine.join(engines[0], asManager: index < managers)
      }
    } catch {
      for engine in engines { engine.stop() }
      hub.remove()
      throw error
    }
    self.engines = engines
  }

  /// Cuts or restores a node's network; the node itself goes on.
  func setNetwork(ofNode index: Int, isUp: Bool) throws {
    try hub.setPort(index + 1, isUp: isUp)
  }

  /// Ends the engines and the network. Call it when the test is over, in `defer` or `deinit`.
  func stop() {
    for engine in engines { engine.stop() }
    hub.remove()
  }
}
