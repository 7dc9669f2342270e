package import EventLoop

/// How other machines become part of the swarm.
///
/// Whoever has a token can join: it is as secret as a password.
package struct JoinCommands: Equatable, Sendable, Encodable {
  package var worker: String
  package var manager: String
}

extension Manager {
  /// The commands to give on machines that are to join.
  package func joinCommands(before deadline: Instant) async throws(OperationError) -> JoinCommands {
    let tokens = try await object("/swarm", before: deadline)["JoinTokens"]
    let facts = try await facts(before: deadline)
    let node = try await object("/nodes/\(facts.nodeID)", before: deadline)
    let address = node["ManagerStatus"]["Addr"].text ?? "\(facts.address):2377"
    func command(_ token: JSONValue) -> String { "docker swarm join --token \(token.text ?? "") \(address)" }
    return JoinCommands(worker: command(tokens["Worker"]), manager: command(tokens["Manager"]))
  }
}
