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
  private enum CodingKeys: String, CodingKey {
    case id = "ID"
    case spec = "Spec"
    case description = "Description"
    case status = "Status"
    case managerStatus = "ManagerStatus"
  }

  private struct Spec: Decodable {
    var Role: String?
    var Availability: String?
    var Labels: [String: String]?
  }

  private struct Description: Decodable {
    var Hostname: String?
    var Platform: Platform?
    var Resources: Swarm.Resources?
    var Engine: Engine?

    struct Platform: Decodable {
      var Architecture: String?
      var OS: String?
    }

    struct Engine: Decodable { var EngineVersion: String? }
  }

  private struct Status: Decodable { var State: String? }

  private struct Manager: Decodable {
    var Leader: Bool?
    var Reachability: String?
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    id = try fields.decode(String.self, forKey: .id)
    if let spec = try fields.decodeIfPresent(Spec.self, forKey: .spec) {
      role = spec.Role ?? role
      availability = spec.Availability ?? availability
      labels = spec.Labels ?? [:]
    }
    if let description = try fields.decodeIfPresent(Description.self, forKey: .description) {
      hostname = description.Hostname ?? ""
      architecture = description.Platform?.Architecture ?? ""
      system = description.Platform?.OS ?? ""
      resources = description.Resources ?? Resources()
      engineVersion = description.Engine?.EngineVersion ?? ""
    }
    state = try fields.decodeIfPresent(Status.self, forKey: .status)?.State ?? state
    manager = try fields.decodeIfPresent(Manager.self, forKey: .managerStatus).map {
      ManagerStatus(isLeader: $0.Leader ?? false, reachability: $0.Reachability ?? "unknown")
    }
  }
}
