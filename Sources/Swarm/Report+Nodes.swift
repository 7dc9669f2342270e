import Metrics

extension Report {
  static var nodeParts: [Part] {
    [{ [$0.meta, $0.labels, $0.states, $0.availabilities, $0.reachable, $0.leader, $0.tasksRunning] + $0.resources }]
  }

  private var meta: Family {
    var family = Family.gauge("swarm_node_meta", "What is known of a node. Always 1.")
    for (account, name) in zip(snapshot.nodes, nodeNames) {
      let node = account.node
      family.add(
        1,
        name.adding("node_id", node.id).adding("role", node.role).adding("engine_version", node.engineVersion)
          .adding("arch", node.architecture).adding("os", node.system))
    }
    return family
  }

  private var labels: Family {
    var family = Family.gauge("swarm_node_labels", "The labels of a node that were chosen to be shown. Always 1.")
    if nodeLabels.isEmpty { return family }
    for (account, name) in zip(snapshot.nodes, nodeNames) {
      var labels = name
      var used: Set<String> = []
      for label in nodeLabels {
        let exposed = "label_" + String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        guard used.insert(exposed).inserted else { continue }
        labels = labels.adding(exposed, account.node.labels[label] ?? "")
      }
      family.add(1, labels)
    }
    return family
  }

  private var states: Family {
    enumeration("swarm_node_state", "The state of a node: 1 for the present one.", "state", Node.states, \.state)
  }

  private var availabilities: Family {
    enumeration(
      "swarm_node_availability", "What the scheduler may do with a node: 1 for the present value.", "availability",
      Node.availabilities, \.availability)
  }

  private func enumeration(
    _ name: String, _ help: String, _ label: String, _ values: [String], _ value: (Node) -> String
  ) -> Family {
    var family = Family.gauge(name, help)
    for (account, name) in zip(snapshot.nodes, nodeNames) {
      for known in values { family.add(known == value(account.node), name.adding(label, known)) }
    }
    return family
  }

  private var reachable: Family {
    family("swarm_node_manager_reachable", "Whether the leader can reach a manager.") {
      $0.node.manager.map { $0.reachability == "reachable" ? 1 : 0 }
    }
  }

  private var leader: Family {
    family("swarm_node_manager_leader", "Whether a manager leads.") { $0.node.manager.map { $0.isLeader ? 1 : 0 } }
  }

  private var tasksRunning: Family {
    family("swarm_node_tasks_running", "Running tasks on a node; 0 where the node is down.") { Double($0.running) }
  }

  private var resources: [Family] {
    [
      family("swarm_node_cpus", "Processors of a node.") { $0.node.resources.cpus },
      family("swarm_node_memory_bytes", "Memory of a node.") { Double($0.node.resources.memory) },
      family("swarm_node_cpus_reserved", "Processors that tasks have reserved on a node.") { $0.reserved.cpus },
      family("swarm_node_memory_reserved_bytes", "Memory that tasks have reserved on a node.") {
        Double($0.reserved.memory)
      },
    ]
  }

  /// A family with a series for each node that has a value.
  private func family(_ name: String, _ help: String, _ value: (NodeAccount) -> Double?) -> Family {
    var family = Family.gauge(name, help)
    for (account, name) in zip(snapshot.nodes, nodeNames) {
      if let value = value(account) { family.add(value, name) }
    }
    return family
  }
}
