extension StackFile {
  /// Why `docker stack deploy` would end half-way: what has to be there and isn't, and names that are taken.
  ///
  /// - Returns: nil where nothing is in the way.
  package func obstacle(in live: LiveStack) -> OperationError? {
    var missing: [String] = []
    var others: [String] = []
    func look(_ kind: String, _ objects: [StackObject], _ present: [NamedObject]) {
      for object in objects where object.isExternal {
        let name = object.name(in: live.stack)
        if !present.contains(where: { $0.name == name }) {
          missing.append("\(object.position): there is no \(kind) \(name) in the swarm")
        }
      }
    }
    look("secret", secrets, live.secrets)
    look("config", configs, live.configs)
    look("network", networks, live.networks)
    for network in networks {
      let name = network.name(in: live.stack)
      guard let present = live.networks.first(where: { $0.name == name }) else { continue }
      if network.isExternal, present.value["Scope"].text == "local", !["host", "bridge", "none"].contains(name) {
        others.append("\(network.position): the network \(name) is of this node alone, not of the swarm")
      }
      if !network.isExternal, present.labels[LiveStack.label] != live.stack {
        others.append("\(network.position): a network \(name) that is not of this stack exists already")
      }
    }
    guard !missing.isEmpty || !others.isEmpty else { return nil }
    var advice: [String] = []
    if !missing.isEmpty { advice.append("vitals init makes what is missing.") }
    if !others.isEmpty { advice.append("Remove the network, or call it external in the file.") }
    return OperationError(.failed, (missing + others).joined(separator: "\n"), advice: advice.joined(separator: "\n"))
  }

  /// The configs and secrets of earlier deploys that neither a service nor its previous specification has any more.
  package func leftovers(in live: LiveStack) -> [(kind: ObjectKind, object: NamedObject)] {
    let used = live.services.values.reduce(into: Set<String>()) { $0.formUnion($1.grants) }
    let wanted = Set((configs + secrets).map { contentName(of: $0, in: live.stack) })
    return [(ObjectKind.configs, live.configs), (.secrets, live.secrets)].flatMap { kind, objects in
      objects.filter { object in
        object.labels[LiveStack.label] == live.stack && object.labels[StackFile.contentLabel] != nil
          && !used.contains(object.name) && !wanted.contains(object.name)
      }.map { (kind, $0) }
    }
  }
}
