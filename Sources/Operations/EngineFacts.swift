import Engine
package import EventLoop
package import FoundationEssentials
package import Swarm

/// What an engine says of itself and of its part in a swarm (`GET /info`).
package struct EngineFacts: Sendable {
  package var name: String
  package var version: String
  /// The version of the API in use.
  package var apiVersion: String
  /// Where it keeps its data, on its own machine.
  package var dataRoot: String
  package var swarm: SwarmState
  /// Why it is not what it should be, as the engine says it; empty where all is well.
  package var swarmError: String
  package var nodeID: String
  /// The address at which other nodes reach it; empty outside of a swarm.
  package var address: String
  package var managers: Int
  package var nodes: Int
  /// Its clock, nil where it can't be read.
  package var time: Date?

  package init(_ info: JSONValue, apiVersion: String) {
    let swarm = info["Swarm"]
    name = info["Name"].text ?? ""
    version = info["ServerVersion"].text ?? ""
    self.apiVersion = apiVersion
    dataRoot = info["DockerRootDir"].text ?? ""
    switch swarm["LocalNodeState"].text {
    case "active": self.swarm = swarm["ControlAvailable"] == .bool(true) ? .manager : .worker
    case let state: self.swarm = state.flatMap(SwarmState.init(rawValue:)) ?? .inactive
    }
    swarmError = swarm["Error"].text ?? ""
    nodeID = swarm["NodeID"].text ?? ""
    address = swarm["NodeAddr"].text ?? ""
    managers = Int(swarm["Managers"].integer ?? 0)
    nodes = Int(swarm["Nodes"].integer ?? 0)
    // With nanoseconds, which the parser does not take.
    time = info["SystemTime"].text.flatMap { try? Date("\($0.prefix(19))Z", strategy: .iso8601) }
  }
}

extension Manager {
  /// What the engine says of itself; it need be no manager.
  package func facts(before deadline: Instant) async throws(OperationError) -> EngineFacts {
    let info = try await object("/info", before: deadline)
    return EngineFacts(info, apiVersion: client.version.map { "\($0)" } ?? "")
  }
}
