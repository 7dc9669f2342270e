import Metrics

/// What one refresh found, as it is exposed.
struct Report {
  let snapshot: Snapshot
  let ledger: FailureLedger
  let info: Info
  let apiVersion: String
  /// The labels of nodes that are exposed, by the names that they have in the swarm.
  let nodeLabels: [String]
  /// Of each service, in the snapshot's order, what all its series have: no ids, which would make new series at each
  /// deployment.
  let serviceLabels: [Labels]
  /// Of each node, in the snapshot's order.
  let nodeNames: [Labels]

  init(_ snapshot: Snapshot, _ ledger: FailureLedger, info: Info, apiVersion: String, nodeLabels: [String]) {
    self.snapshot = snapshot
    self.ledger = ledger
    self.info = info
    self.apiVersion = apiVersion
    self.nodeLabels = nodeLabels
    serviceLabels = snapshot.services.map { ["stack": $0.service.stack, "service": $0.service.name] }
    nodeNames = Report.names(of: snapshot.nodes.map(\.node)).map { ["node": $0] }
  }

  /// Makes some of the families.
  ///
  /// Not all at once, so that other tasks of the loop can have a turn between: a thousand services are fifty thousand
  /// samples.
  typealias Part = (Report) -> [Family]

  static var parts: [Part] { clusterParts + serviceParts + nodeParts }

  /// A hostname for each node, with a short id where two nodes have the same one.
  static func names(of nodes: [Node]) -> [String] {
    let counts = Dictionary(nodes.map { ($0.hostname, 1) }, uniquingKeysWith: +)
    return nodes.map { node in
      let id = String(node.id.prefix(12))
      if node.hostname.isEmpty { return id }
      return counts[node.hostname] == 1 ? node.hostname : "\(node.hostname)-\(id)"
    }
  }
}
