import Swarm

extension DeployPlan {
  /// Why services of the file have no place in the swarm as it is: a line for each whose constraints no ready node meets, or
  /// of which one task reserves more than any such node has.
  ///
  /// What runs already on the nodes is not counted: a deploy gives much of that back.
  ///
  /// - Parameter names: the services that are to have tasks.
  static func misfits(of names: Set<String>, in file: StackFile, on nodes: [Node]) -> [String] {
    let ready = nodes.filter(\.isSchedulable)
    guard !ready.isEmpty else { return ["no node is ready and active: nothing starts until one is"] }
    return file.services.filter { names.contains($0.name) }.compactMap { service in
      let texts = service.constraints.compactMap(\.text)
      let constraints = texts.compactMap(PlacementConstraint.init)
      let eligible = ready.filter { node in constraints.allSatisfy { $0.allows(node) ?? true } }
      guard !eligible.isEmpty else {
        return "service \(service.name): no ready node meets \(texts.joined(separator: ", "))"
      }
      let cpus = service.resource("reservations", "cpus")
      let memory = service.resource("reservations", "memory")
      let fits = eligible.contains { node in
        node.resources.cpus >= cpus?.amount ?? 0 && Double(node.resources.memory) >= memory?.amount ?? 0
      }
      guard !fits else { return nil }
      let wanted = [cpus.map { "\($0.node.literal) CPUs" }, memory.map { "\($0.node.literal) of memory" }]
      let whole = eligible.map { "\($0.hostname) has \($0.resources.text)" }.sorted().joined(separator: ", ")
      return
        "service \(service.name): a task reserves \(wanted.compactMap(\.self).joined(separator: " and ")); \(whole)"
    }
  }
}
