import Engine

/// A node of the swarm, with the fields of `GET /nodes` that count here.
package struct Node: Equatable, Sendable {
  package var id: String
  /// `worker` or `manager`.
  package var role = "worker"
  /// `active`, `pause` or `drain`.
  package var availability = "active"
  package var labels: [String: String] = [:]
  /// Empty until the node has reported for the first time.
  package var hostname = ""
  package var architecture = ""
  package var system = ""
  package var engineVersion = ""
  package var resources = Resources()
  /// `unknown`, `down`, `ready` or `disconnected`.
  package var state = "unknown"
  package var manager: ManagerStatus?

  /// A manager as its peers see it.
  package struct ManagerStatus: Equatable, Sendable {
    package var isLeader: Bool
    /// `unknown`, `unreachable` or `reachable`.
    package var reachability: String

    package init(isLeader: Bool, reachability: String) {
      self.isLeader = isLeader
      self.reachability = reachability
    }
  }

  /// The values of the fields above that the API documents.
  static let roles = ["manager", "worker"]
  static let availabilities = ["active", "pause", "drain"]
  static let states = ["unknown", "down", "ready", "disconnected"]

  package init(id: String) { self.id = id }

  /// Whether what the store says of the node's tasks can be believed.
  ///
  /// The tasks of a node that is down keep the state `running` for a day. A node that is merely disconnected, or unknown after
  /// a change of leader, is not taken for down, nor does the engine.
  package var isAlive: Bool { state != "down" }

  /// Whether the scheduler may use the node's resources.
  package var isSchedulable: Bool { state == "ready" && availability == "active" }
}

extension Node: Decodable {
  package init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    self.init(id: try fields.value("ID") ?? "")
    let spec = try fields.object("Spec")
    role = try spec.value("Role") ?? role
    availability = try spec.value("Availability") ?? availability
    labels = try spec.value("Labels") ?? labels
    let description = try fields.object("Description")
    hostname = try description.value("Hostname") ?? hostname
    architecture = try description.object("Platform").value("Architecture") ?? architecture
    system = try description.object("Platform").value("OS") ?? system
    engineVersion = try description.object("Engine").value("EngineVersion") ?? engineVersion
    resources = try description.value("Resources") ?? resources
    state = try fields.object("Status").value("State") ?? state
    let status = try fields.object("ManagerStatus")
    if status.exists {
      manager = ManagerStatus(
        isLeader: try status.value("Leader") ?? false, reachability: try status.value("Reachability") ?? "unknown")
    }
  }
}
