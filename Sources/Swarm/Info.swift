import Engine

/// What an engine says of itself: the fields of `GET /info` that count here.
package struct Info: Equatable, Sendable {
  package var engineVersion = ""
  /// `inactive`, `pending`, `active`, `error` or `locked`.
  package var state = "inactive"
  package var isManager = false
  /// Empty on a worker, and where there is no swarm or no leader.
  package var clusterID = ""

  package init() {}
}

extension Info: Decodable {
  package init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    engineVersion = try fields.value("ServerVersion") ?? engineVersion
    let swarm = try fields.object("Swarm")
    state = try swarm.value("LocalNodeState") ?? state
    isManager = try swarm.value("ControlAvailable") ?? isManager
    clusterID = try swarm.object("Cluster").value("ID") ?? clusterID
  }
}
