/// What a stack file takes for granted: all that has to be in the swarm before the stack is deployed.
package struct StackNeeds: Equatable, Sendable {
  /// A network that has to be there.
  package struct Network: Equatable, Sendable {
    package var name: String
    /// As in `10.0.10.0/24`; the engine chooses one where there is none.
    package var subnets: [String] = []
    package var isAttachable = true
    package var isInternal = false
    package var isEncrypted = false
    package var labels: [String: String] = ["vitals.init": "true"]

    package init(name: String, subnets: [String] = []) {
      self.name = name
      self.subnets = subnets
    }
  }

  /// A secret that the stack file calls external.
  package struct Secret: Equatable, Sendable {
    /// What the stack file calls it; templates may use it.
    package var key: String
    /// What the swarm calls it.
    package var name: String
    package var origin: Origin

    package init(key: String, name: String, origin: Origin = .generated) {
      self.key = key
      self.name = name
      self.origin = origin
    }
  }

  /// Where a secret's value comes from when nobody gives one.
  package enum Origin: Equatable, Sendable {
    case generated
    /// No secret in truth: a value that stands in the stack file.
    case value(String)
    /// Made of other secrets: `postgresql://pilito:${postgres_password}@postgres:5432/pilito`.
    case template(String)
  }

  /// A label that some node has to have, or tasks find no place.
  package struct NodeLabel: Hashable, Sendable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
      self.key = key
      self.value = value
    }

    /// Reads a placement constraint, `node.labels.KEY == VALUE`; nil for every other one.
    package init?(constraint: String) {
      let prefix = "node.labels."
      guard let constraint = PlacementConstraint(constraint), constraint.isEqual, constraint.key.hasPrefix(prefix)
      else {
        return nil
      }
      key = String(constraint.key.dropFirst(prefix.count))
      value = constraint.value
      guard !key.isEmpty, !value.isEmpty else { return nil }
    }
  }

  package var networks: [Network] = []
  /// The IPv4 subnets of all the stack's networks, also of those that the deployment makes.
  package var subnets: [Subnet] = []
  /// Names of configs that the stack file calls external.
  package var configs: [String] = []
  package var secrets: [Secret] = []
  package var labels: [NodeLabel] = []

  package init() {}
}
