import Metrics

extension Report {
  static var clusterParts: [Part] {
    [{ [$0.cluster, $0.nodes, $0.services, $0.tasks] + $0.managers + $0.capacity }]
  }

  private var cluster: Family {
    var family = Family("swarm_cluster_info", .info, help: "The swarm, and the engine that was asked about it.")
    family.add(1, ["cluster_id": info.clusterID, "engine_version": info.engineVersion, "api_version": apiVersion])
    return family
  }

  private var nodes: Family {
    struct Kind: Hashable { var role, state, availability: String }
    var counts: [Kind: Int] = [:]
    for role in Node.roles {
      for state in Node.states {
        for availability in Node.availabilities {
          counts[Kind(role: role, state: state, availability: availability)] = 0
        }
      }
    }
    for node in snapshot.nodes.map(\.node) {
      counts[Kind(role: node.role, state: node.state, availability: node.availability), default: 0] += 1
    }
    var family = Family.gauge("swarm_nodes", "Nodes by role, state and availability.")
    for (kind, count) in counts {
      family.add(count, ["role": kind.role, "state": kind.state, "availability": kind.availability])
    }
    return family
  }

  private var services: Family {
    var counts = ["replicated": 0, "global": 0, "replicated-job": 0, "global-job": 0]
    for account in snapshot.services { counts[account.service.mode.name, default: 0] += 1 }
    var family = Family.gauge("swarm_services", "Services by mode.")
    for (mode, count) in counts { family.add(count, ["mode": mode]) }
    return family
  }

  private var tasks: Family {
    var family = Family.gauge("swarm_tasks", "Current tasks by state, without those that were replaced.")
    for group in TaskGroup.allCases { family.add(snapshot.tasks[group], ["state": group.name]) }
    return family
  }

  private var managers: [Family] {
    var all = Family.gauge("swarm_managers", "Managers of the swarm.")
    all.add(snapshot.managers)
    var reachable = Family.gauge("swarm_managers_reachable", "Managers that the leader can reach.")
    reachable.add(snapshot.reachableManagers)
    var leader = Family.gauge("swarm_has_leader", "Whether one of the managers leads.")
    leader.add(snapshot.hasLeader)
    return [all, reachable, leader]
  }

  private var capacity: [Family] {
    var cpus = Family.gauge("swarm_cluster_cpus", "Processors of the nodes that are ready and active.")
    cpus.add(snapshot.capacity.cpus)
    var memory = Family.gauge("swarm_cluster_memory_bytes", "Memory of the nodes that are ready and active.")
    memory.add(Double(snapshot.capacity.memory))
    var cpusReserved = Family.gauge(
      "swarm_cluster_cpus_reserved", "Processors that tasks have reserved on those nodes.")
    cpusReserved.add(snapshot.reserved.cpus)
    var memoryReserved = Family.gauge(
      "swarm_cluster_memory_reserved_bytes", "Memory that tasks have reserved on those nodes.")
    memoryReserved.add(Double(snapshot.reserved.memory))
    return [cpus, memory, cpusReserved, memoryReserved]
  }
}
