import Foundation

/// What an engine's API says about its swarm, and the series that follow from it.
///
/// Computed by rules of its own from whole answers: nothing here is the product's code.
struct SwarmView {
  typealias Object = [String: Any]

  let nodes: [Object]
  let services: [Object]
  let tasks: [Object]
  let info: Object
  let version: Object

  init(_ engine: DockerEngine) throws {
    nodes = try Self.get("/nodes", engine)
    services = try Self.get("/services?status=true", engine)
    tasks = try Self.get("/tasks", engine)
    info = try Self.get("/info", engine)
    version = try Self.get("/version", engine)
  }

  /// Asks the engine's API.
  static func get<Value>(_ path: String, _ engine: DockerEngine) throws -> Value {
    let answer = try engine.get(path)
    let value = try JSONSerialization.jsonObject(with: Data(answer.body), options: .fragmentsAllowed)
    guard answer.status == 200, let value = value as? Value else { throw TestbedError("\(path): \(answer.text)") }
    return value
  }

  /// The order in which SwarmKit has the states of tasks.
  static let taskStates = [
    "new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running", "complete",
    "shutdown", "failed", "rejected", "remove", "orphaned",
  ]

  /// The states that are counted, and the group that each is counted in.
  private static let groups = [
    "pending": ["pending"], "starting": ["new", "allocated", "assigned", "accepted", "preparing", "ready", "starting"],
    "running": ["running"], "complete": ["complete"], "failed": ["failed"], "rejected": ["rejected"],
    "orphaned": ["orphaned"],
  ]

  /// Every series whose name begins with `swarm_`, but for the counters, which no single look at an engine tells.
  func series(nodeLabel: String) -> [MetricsPage.Series: Double] {
    var series: [MetricsPage.Series: Double] = [:]
    func add(_ name: String, _ value: Double?, _ labels: [String: String] = [:]) {
      series[MetricsPage.Series("swarm_\(name)", labels)] = value
    }
    cluster(add)
    for node in nodes { self.node(node, nodeLabel, add) }
    for service in services { self.service(service, add) }
    return series
  }

  private typealias Add = (_ name: String, _ value: Double?, _ labels: [String: String]) -> Void

  // MARK: Cluster

  private func cluster(_ add: Add) {
    let states = ["manager", "worker", "locked", "no_quorum", "inactive", "no_engine", "pending", "error"]
    add("up", 1, [:])
    for state in states { add("state", state == "manager" ? 1 : 0, ["state": state]) }
    let labels = [
      "cluster_id": info.text("Swarm", "Cluster", "ID") ?? "", "engine_version": version.text("Version") ?? "",
      "api_version": version.text("ApiVersion") ?? "",
    ]
    add("cluster_info", 1, labels)
    for role in ["manager", "worker"] {
      for state in ["unknown", "down", "ready", "disconnected"] {
        for availability in ["active", "pause", "drain"] {
          let count = nodes.count {
            $0.text("Spec", "Role") == role && $0.text("Status", "State") == state
              && $0.text("Spec", "Availability") == availability
          }
          add("nodes", Double(count), ["role": role, "state": state, "availability": availability])
        }
      }
    }
    for mode in ["replicated", "global", "replicated-job", "global-job"] {
      add("services", Double(services.count { Self.mode($0) == mode }), ["mode": mode])
    }
    for (group, states) in Self.groups {
      add("tasks", Double(wanted(tasks).count { states.contains(Self.state($0)) }), ["state": group])
    }
    add("managers", Double(nodes.count { $0["ManagerStatus"] != nil }), [:])
    add(
      "managers_reachable", Double(nodes.count { $0.text("ManagerStatus", "Reachability") == "reachable" }), [:])
    add("has_leader", nodes.contains { $0.value("ManagerStatus", "Leader") as? Bool == true } ? 1 : 0, [:])
    let open = nodes.filter { $0.text("Status", "State") == "ready" && $0.text("Spec", "Availability") == "active" }
    add("cluster_cpus", open.map { $0.number("Description", "Resources", "NanoCPUs") ?? 0 }.sum / 1e9, [:])
    add("cluster_memory_bytes", open.map { $0.number("Description", "Resources", "MemoryBytes") ?? 0 }.sum, [:])
    add("cluster_cpus_reserved", open.map { reserved("NanoCPUs", on: $0) }.sum / 1e9, [:])
    add("cluster_memory_reserved_bytes", open.map { reserved("MemoryBytes", on: $0) }.sum, [:])
  }

  // MARK: Nodes

  private func node(_ node: Object, _ nodeLabel: String, _ add: Add) {
    let name = ["node": node.text("Description", "Hostname") ?? ""]
    let meta = [
      "node_id": node.text("ID") ?? "", "role": node.text("Spec", "Role") ?? "",
      "engine_version": node.text("Description", "Engine", "EngineVersion") ?? "",
      "arch": node.text("Description", "Platform", "Architecture") ?? "",
      "os": node.text("Description", "Platform", "OS") ?? "",
    ]
    add("node_meta", 1, meta.merging(name) { $1 })
    add(
      "node_labels", 1,
      name.merging(["label_\(nodeLabel)": node.text("Spec", "Labels", nodeLabel) ?? ""]) { $1 })
    for state in ["unknown", "down", "ready", "disconnected"] {
      add("node_state", node.text("Status", "State") == state ? 1 : 0, name.merging(["state": state]) { $1 })
    }
    for value in ["active", "pause", "drain"] {
      let holds = node.text("Spec", "Availability") == value
      add("node_availability", holds ? 1 : 0, name.merging(["availability": value]) { $1 })
    }
    if let manager = node["ManagerStatus"] as? Object {
      add("node_manager_reachable", manager.text("Reachability") == "reachable" ? 1 : 0, name)
      add("node_manager_leader", manager["Leader"] as? Bool == true ? 1 : 0, name)
    }
    let running = wanted(tasks).count { isRunning($0) && $0.text("NodeID") == node.text("ID") }
    add("node_tasks_running", Double(running), name)
    add("node_cpus", (node.number("Description", "Resources", "NanoCPUs") ?? 0) / 1e9, name)
    add("node_memory_bytes", node.number("Description", "Resources", "MemoryBytes"), name)
    add("node_cpus_reserved", reserved("NanoCPUs", on: node) / 1e9, name)
    add("node_memory_reserved_bytes", reserved("MemoryBytes", on: node), name)
  }

  private func reserved(_ resource: String, on node: Object) -> Double {
    let active = ["assigned", "accepted", "preparing", "ready", "starting", "running"]
    return wanted(tasks).filter { active.contains(Self.state($0)) && $0.text("NodeID") == node.text("ID") }
      .map { $0.number("Spec", "Resources", "Reservations", resource) ?? 0 }.sum
  }

  // MARK: Services

  private func service(_ service: Object, _ add: Add) {
    let mode = Self.mode(service)
    let labels = [
      "stack": service.text("Spec", "Labels", "com.docker.stack.namespace") ?? "",
      "service": service.text("Spec", "Name") ?? "",
    ]
    let withMode = labels.merging(["mode": mode]) { $1 }
    let template = service["Spec"].flatMap { ($0 as? Object)?["TaskTemplate"] as? Object } ?? [:]
    let image = template.text("ContainerSpec", "Image")?.split(separator: "@").first.map(String.init) ?? ""
    add("service_info", 1, withMode.merging(["image": image]) { $1 })

    let own = tasks.filter { $0.text("ServiceID") == service.text("ID") }
    let current = wanted(own)
    let serving = current.filter(isRunning)
    let update = service.text("UpdateStatus", "State")
    let isDone = update == nil || update == "completed" || update == "rollback_completed"
    let updated = isDone ? serving : serving.filter { isMade($0, from: template) }
    add("service_replicas_desired", desired(service), withMode)
    add("service_replicas_reported", service.number("ServiceStatus", "RunningTasks"), withMode)
    add("service_replicas_running", Double(places(serving, mode).count), withMode)
    add("service_replicas_updated", Double(places(updated, mode).count), withMode)
    for (group, states) in Self.groups {
      let count = current.count { states.contains(Self.state($0)) }
      add("service_tasks", Double(count), labels.merging(["state": group]) { $1 })
    }
    let pending = current.filter { Self.state($0) == "pending" }
    add("service_pending_since_timestamp_seconds", pending.compactMap { $0.time("Status", "Timestamp") }.min(), labels)
    let failed = own.filter { ["failed", "rejected", "orphaned"].contains(Self.state($0)) }
      .max { ($0.time("Status", "Timestamp") ?? 0) < ($1.time("Status", "Timestamp") ?? 0) }
    add("service_last_failure_timestamp_seconds", failed?.time("Status", "Timestamp"), labels)
    if let failed, Self.state(failed) == "failed" {
      add("service_last_failure_exit_code", failed.number("Status", "ContainerStatus", "ExitCode"), labels)
    }
    let states = ["updating", "paused", "completed", "rollback_started", "rollback_paused", "rollback_completed"]
    for state in ["none"] + states {
      add("service_update_state", state == update ?? "none" ? 1 : 0, labels.merging(["state": state]) { $1 })
    }
    add("service_update_started_timestamp_seconds", service.time("UpdateStatus", "StartedAt"), labels)
    add("service_update_completed_timestamp_seconds", service.time("UpdateStatus", "CompletedAt"), labels)
    add("service_creation_timestamp_seconds", service.time("CreatedAt"), labels)
    add("service_updated_timestamp_seconds", service.time("UpdatedAt"), labels)
    let nanoLimit = template.number("Resources", "Limits", "NanoCPUs")
    add("service_cpu_limit", nanoLimit.map { $0 / 1e9 }, labels)
    let nanoReservation = template.number("Resources", "Reservations", "NanoCPUs")
    add("service_cpu_reservation", nanoReservation.map { $0 / 1e9 }, labels)
    add("service_memory_limit_bytes", template.number("Resources", "Limits", "MemoryBytes"), labels)
    add("service_memory_reservation_bytes", template.number("Resources", "Reservations", "MemoryBytes"), labels)
    add("service_max_replicas_per_node", template.number("Placement", "MaxReplicas"), labels)
    guard mode.hasSuffix("-job") else { return }
    add("service_job_completions", service.number("ServiceStatus", "CompletedTasks"), labels)
    let total = service.number("Spec", "Mode", "ReplicatedJob", "TotalCompletions") ?? Double(nodes.count)
    add("service_job_completions_desired", total, labels)
  }

  /// The engine's number, but for a job that ends: the engine goes on to want as many tasks as there may be at a time.
  private func desired(_ service: Object) -> Double? {
    let told = service.number("ServiceStatus", "DesiredTasks")
    guard let total = service.number("Spec", "Mode", "ReplicatedJob", "TotalCompletions"), let told else { return told }
    return min(told, total - (service.number("ServiceStatus", "CompletedTasks") ?? 0))
  }

  // MARK: Tasks

  static func mode(_ service: Object) -> String {
    let names = ["Replicated": "replicated", "Global": "global", "ReplicatedJob": "replicated-job"]
    let mode = (service.value("Spec", "Mode") as? Object)?.keys.first ?? ""
    return names[mode] ?? "global-job"
  }

  static func state(_ task: Object) -> String { task.text("Status", "State") ?? "" }

  /// The tasks that should run, or run to their end: not those that were replaced.
  private func wanted(_ tasks: [Object]) -> [Object] {
    let ended = Self.taskStates.firstIndex(of: "complete") ?? 0
    return tasks.filter { (Self.taskStates.firstIndex(of: $0.text("DesiredState") ?? "") ?? .max) <= ended }
  }

  /// Whether a task runs, which those of a dead node do not, whatever is written.
  private func isRunning(_ task: Object) -> Bool {
    let node = nodes.first { $0.text("ID") == task.text("NodeID") }
    return Self.state(task) == "running" && node != nil && node?.text("Status", "State") != "down"
  }

  private func isMade(_ task: Object, from template: Object) -> Bool {
    func text(_ part: Any?) -> Data? {
      try? JSONSerialization.data(withJSONObject: part ?? "", options: [.sortedKeys, .fragmentsAllowed])
    }
    let spec = task["Spec"] as? Object
    return ["ContainerSpec", "Placement"].allSatisfy { text(spec?[$0]) == text(template[$0]) }
  }

  private func places(_ tasks: [Object], _ mode: String) -> Set<String> {
    Set(tasks.map { mode.hasPrefix("global") ? $0.text("NodeID") ?? "" : "\($0.number("Slot") ?? 0)" })
  }
}

extension [Double] {
  fileprivate var sum: Double { reduce(0, +) }
}
