extension Lint {
  /// What `docker stack deploy` says "Ignoring unsupported options" of, and what it leaves out without a word.
  private static let ignored: [String: String] = [
    "cgroup_parent": "Remove it.", "cgroupns_mode": "Remove it.",
    "container_name": "Remove it: tasks are called STACK_SERVICE.SLOT.ID.",
    "depends_on": "Remove it: all services start at once, so let the program wait for what it needs.",
    "devices": "Mount the device as a volume.", "domainname": "Write hostname.",
    "expose": "Remove it: services on one network reach each other's ports.",
    "external_links": "Use a common network.", "ipc": "Remove it.", "links": "Use a common network.",
    "mac_address": "Remove it.", "network_mode": "Use networks.", "pid": "Remove it.",
    "platform": "Write deploy.placement.constraints: [node.platform.arch == x86_64].",
    "privileged": "Write cap_add with what it needs.", "profiles": "Use an override file.",
    "pull_policy": "Remove it: each node pulls what it has not.",
    "restart": "Write deploy.restart_policy.", "security_opt": "Set it in the engine's daemon.json.",
    "shm_size": "Mount a tmpfs on /dev/shm.", "userns_mode": "Set it in the engine's daemon.json.",
  ]

  /// What `docker stack deploy` ends with an error for.
  private static let refused: [String: String] = [
    "cpu_quota": "Write deploy.resources.", "cpu_shares": "Write deploy.resources.", "cpus": "Write deploy.resources.",
    "cpuset": "Write deploy.resources.", "extends": "Use an anchor and a merge key: <<: *name.",
    "mem_limit": "Write deploy.resources.", "mem_reservation": "Write deploy.resources.",
    "memswap_limit": "Write deploy.resources.", "scale": "Write deploy.replicas.",
    "volume_driver": "Name the driver in volumes.", "volumes_from": "Name the volume in both services.",
  ]

  mutating func lintKeys(_ service: StackService) {
    for entry in service.node.entries where entry.value.value != .null {
      if let advice = Lint.ignored[entry.key] {
        find(.ignoredKey, at: entry.position, in: service, "\(entry.key) does nothing in a swarm", advice)
      } else if let advice = Lint.refused[entry.key] {
        find(.refusedKey, at: entry.position, in: service, "\(entry.key) is not taken by docker stack deploy", advice)
      }
    }
    if service.mode.hasPrefix("global"), let replicas = service.deploy?["replicas"] {
      find(
        .globalReplicas, at: replicas.position, in: service, "a global service has no number of replicas",
        "Remove replicas, or mode: global.")
    }
  }

  /// Whether all that a service names is there.
  mutating func lintReferences(_ service: StackService) {
    func missing(_ kind: String, _ key: String, among objects: [StackObject]) -> (String, String)? {
      guard !objects.contains(where: { $0.key == key }) else { return nil }
      let near = Suggestion(for: key, among: objects.map(\.key)).text
      return ("there is no \(kind) \(key) in the file", near ?? "Write it below \(kind)s.")
    }
    for grant in service.configs {
      if let (message, advice) = missing("config", grant.source, among: file.configs) {
        find(.unknownReference, at: grant.position, in: service, message, advice)
      }
    }
    for grant in service.secrets {
      if let (message, advice) = missing("secret", grant.source, among: file.secrets) {
        find(.unknownReference, at: grant.position, in: service, message, advice)
      }
    }
    for entry in service.networks where entry.key != "default" {
      if let (message, advice) = missing("network", entry.key, among: file.networks) {
        find(.unknownReference, at: entry.position, in: service, message, advice)
      }
    }
    for mount in service.mounts where mount.type == "volume" {
      guard let source = mount.source else { continue }
      if let (message, advice) = missing("volume", source, among: file.volumes) {
        find(.unknownReference, at: mount.position, in: service, message, advice)
      }
    }
  }

  /// Whether each port of the swarm is published once, and by who can.
  mutating func lintPorts() {
    var taken: [String: (service: String, isHost: Bool, position: StackPosition)] = [:]
    for service in file.services {
      for port in service.ports {
        if !port.isHost, let mode = service.deploy?["endpoint_mode"], mode.text == "dnsrr" {
          find(
            .portWithoutAddress, at: port.position, in: service,
            "the routing mesh needs an address of the service, and endpoint_mode dnsrr has none",
            "Write endpoint_mode: vip, or mode: host for the port.")
        }
        guard let published = port.published else { continue }
        let key = "\(published)/\(port.transport)"
        if let other = taken[key] {
          find(
            .duplicatePort, at: port.position, in: service,
            "port \(key) is published by \(other.service) in line \(other.position.line) already",
            "Publish one of them under another number.")
        } else {
          taken[key] = (service.name, port.isHost, port.position)
        }
      }
    }
  }

  /// Whether the stack's own things can be made, and are used.
  mutating func lintObjects() {
    for (kind, objects) in [("config", file.configs), ("secret", file.secrets)] {
      for object in objects where !object.isExternal {
        guard let path = object.path else {
          find(
            .missingFile, at: object.position, "\(kind) \(object.key) has no file",
            "Write file: PATH, or external: true.")
          continue
        }
        if object.contents == nil {
          find(
            .missingFile, at: object.node["file"]?.position ?? object.position,
            "\(kind) \(object.key): \(path) can't be read", "Paths begin at the first file's directory.")
        }
      }
    }
    let used = (
      configs: Set(file.services.flatMap { $0.configs.map(\.source) }),
      secrets: Set(file.services.flatMap { $0.secrets.map(\.source) }),
      networks: Set(file.services.flatMap { $0.networks.map(\.key) } + ["default"]),
      volumes: Set(file.services.flatMap { $0.mounts.compactMap(\.source) })
    )
    for (kind, objects, names) in [
      ("config", file.configs, used.configs), ("secret", file.secrets, used.secrets),
      ("network", file.networks, used.networks), ("volume", file.volumes, used.volumes),
    ] {
      for object in objects where !names.contains(object.key) {
        // A secret may be there for those that are made of it.
        if kind == "secret", file.secrets.contains(where: { $0.isMade(of: object.key) }) { continue }
        find(.unused, at: object.position, "no service uses the \(kind) \(object.key)", "Remove it.")
      }
    }
  }
}

extension StackObject {
  /// Whether `vitals init` makes it of another secret.
  fileprivate func isMade(of key: String) -> Bool { extras?["template"]?.text?.contains("${\(key)}") ?? false }
}
