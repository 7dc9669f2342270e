import EventLoop
package import Swarm

/// What `scale` is to do, judged as a whole before anything is done.
package struct ScalePlan: Sendable {
  /// `web=5`.
  package struct Request: Equatable, Sendable {
    package var name: String
    package var replicas: Int

    /// - Throws: `usage` for what is not `NAME=NUMBER`.
    package init(_ text: String) throws(OperationError) {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, let number = Int(parts[1]), (0...1_000_000).contains(number) else {
        throw OperationError(.usage, "\(text): write SERVICE=REPLICAS, as in web=5")
      }
      name = String(parts[0])
      replicas = number
    }
  }

  /// The services that get another number, with that number.
  package private(set) var changes: [(service: LiveService, replicas: Int)] = []
  /// The services that have the number already.
  package private(set) var unchanged: [LiveService] = []
  private var free: [String: Resources] = [:]

  /// - Parameters:
  ///   - services: those of the stack.
  ///   - tasks: of all services, as all take of the nodes' resources.
  /// - Throws: `failed`, with all that is wrong with any of the requests.
  package init(
    _ requests: [Request], services: [LiveService], tasks: [ServiceTask], nodes: [Node]
  ) throws(OperationError) {
    var snapshot = Snapshot(nodes: nodes, services: [])
    for task in tasks { snapshot.add(task) }
    for account in snapshot.nodes {
      free[account.node.id] = Resources(
        nanoCPUs: account.node.resources.nanoCPUs - account.reserved.nanoCPUs,
        memory: account.node.resources.memory - account.reserved.memory)
    }
    var problems: [String] = []
    var advice: String?
    var seen: Set<String> = []
    for request in requests {
      do throws(OperationError) {
        let found = try Service.named(request.name, among: services.map(\.service))
        guard seen.insert(found.id).inserted else {
          throw OperationError(.failed, "\(found.shortName) is named twice")
        }
        guard let service = services.first(where: { $0.service.id == found.id }) else { continue }
        try add(service, request.replicas, tasks, nodes)
      } catch {
        problems.append(error.message)
        advice = advice ?? error.advice
      }
    }
    guard problems.isEmpty else {
      throw OperationError(.failed, problems.joined(separator: "\n"), advice: advice ?? "Nothing was changed.")
    }
  }

  private mutating func add(
    _ live: LiveService, _ replicas: Int, _ tasks: [ServiceTask], _ nodes: [Node]
  ) throws(OperationError) {
    let service = live.service
    guard case .replicated(let present) = service.mode else {
      throw OperationError(
        .failed, "\(service.shortName) is a \(service.mode.name) service: it has no number of replicas")
    }
    guard replicas != present else {
      unchanged.append(live)
      return
    }
    if replicas > present { try place(live, replicas, tasks, nodes) }
    changes.append((live, replicas))
  }

  /// Finds places for the tasks that come in addition, and takes them.
  private mutating func place(
    _ live: LiveService, _ replicas: Int, _ tasks: [ServiceTask], _ nodes: [Node]
  ) throws(OperationError) {
    let service = live.service
    let eligible = nodes.filter { $0.isSchedulable && live.mayRun(on: $0) }
    guard !eligible.isEmpty else {
      let constraints = live.constraints.map(\.text).joined(separator: ", ")
      throw OperationError(
        .failed, "\(service.shortName): no node may run it\(constraints.isEmpty ? "" : " (\(constraints))")")
    }
    let (most, isHuge) = service.maximumPerNode.multipliedReportingOverflow(by: eligible.count)
    if service.maximumPerNode > 0, !isHuge, replicas > most {
      throw OperationError(
        .failed,
        "\(service.shortName) may have \(service.maximumPerNode) a node (max_replicas_per_node) and \(eligible.count) nodes "
          + "may run it: \(replicas) is more than \(most)")
    }
    let placed = tasks.filter {
      $0.serviceID == service.id && $0.isWanted && !$0.nodeID.isEmpty && $0.state <= .running
    }
    let missing = replicas - Set(placed.map(\.slot)).count
    guard missing > 0 else { return }
    let each = service.reservations
    var rooms: [(node: Node, count: Int)] = []
    for node in eligible {
      let free = free[node.id] ?? Resources()
      var count = missing
      if each.nanoCPUs > 0 { count = min(count, Int(max(0, free.nanoCPUs) / each.nanoCPUs)) }
      if each.memory > 0 { count = min(count, Int(max(0, free.memory) / each.memory)) }
      if service.maximumPerNode > 0 {
        count = min(count, max(0, service.maximumPerNode - placed.count { $0.nodeID == node.id }))
      }
      rooms.append((node, count))
    }
    let room = rooms.reduce(0) { $0 + $1.count }
    guard room >= missing else {
      let details = eligible.map { "\($0.hostname) has \((free[$0.id] ?? Resources()).text) free" }
      throw OperationError(
        .failed,
        "\(service.shortName) needs \(missing) more x \(each.text) reserved, and there is room for \(room): "
          + details.joined(separator: ", "))
    }
    var left = missing
    for room in rooms {
      let count = min(left, room.count)
      left -= count
      free[room.node.id]?.nanoCPUs -= each.nanoCPUs * Int64(count)
      free[room.node.id]?.memory -= each.memory * Int64(count)
    }
  }
}

extension Resources {
  /// `0.5 CPU and 256 MiB`; without memory where there is none, and so with processors.
  package var text: String {
    var parts: [String] = []
    if nanoCPUs > 0 || memory <= 0 {
      let hundredths = max(0, nanoCPUs) / 10_000_000
      let fraction = String(hundredths % 100)
      let digits = fraction.count == 1 ? "0\(fraction)" : fraction
      parts.append(
        "\(hundredths / 100)\(digits == "00" ? "" : ".\(digits.hasSuffix("0") ? digits.prefix(1) : digits[...])") CPU")
    }
    if memory > 0 || nanoCPUs <= 0 { parts.append("\(max(0, memory) >> 20) MiB") }
    return parts.joined(separator: " and ")
  }
}
