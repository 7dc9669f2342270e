extension Lint {
  /// Whether it is said which program runs.
  mutating func lintImage(_ service: StackService) {
    guard let node = service.image else {
      find(
        .noImage, at: service.build?.position ?? service.position, in: service, "there is no image",
        service.build == nil
          ? "Write image: NAME:TAG."
          : "Swarm builds nothing: write image: NAME:TAG beside build, where it is pushed to.")
      return
    }
    let image = ImageReference(node.text ?? "")
    guard image.digest == nil, image.tag == "latest" else { return }
    find(
      .unpinnedImage, at: node.position, in: service,
      "\(node.text ?? "") may be another program tomorrow, and a rollback may bring the same one back",
      "Write a tag that is never used again, or a digest.")
  }

  mutating func lintResources(_ service: StackService) {
    for (name, what) in [("memory", "memory"), ("cpus", "CPU")] {
      let limit = service.resource("limits", name)
      let reservation = service.resource("reservations", name)
      if let limit, let reservation, reservation.amount > limit.amount {
        find(
          .reservationAboveLimit, at: reservation.node.position, in: service,
          "\(reservation.node.literal) of \(what) reserved, \(limit.node.literal) at most",
          "Write a reservation that is not above the limit.")
      }
    }
    let resources = service.deploy?["resources"]
    let place = resources?.position ?? service.deploy?.position ?? service.position
    if service.resource("limits", "memory") == nil || service.resource("limits", "cpus") == nil {
      find(
        .noLimits, at: place, in: service, "it may take all memory or CPU of its node from the others",
        "Write deploy.resources.limits with memory and cpus.")
    }
    if service.resource("reservations", "memory") == nil {
      find(
        .noReservations, at: place, in: service, "the scheduler does not know what it needs, and may overfill a node",
        "Write deploy.resources.reservations with memory and cpus.")
    }
  }

  /// Whether data is where the task is.
  mutating func lintStorage(_ service: StackService) {
    let isPlaced =
      service.mode.hasPrefix("global")
      || service.constraints.contains { ($0.text ?? "").hasPrefix("node.") && !($0.text ?? "").contains("!=") }
    for mount in service.mounts {
      let source = mount.source ?? ""
      if mount.type == "bind", source.hasSuffix("docker.sock"), !mount.isReadOnly {
        find(
          .writableSocket, at: mount.position, in: service, "the engine's socket is mounted so that it may be replaced",
          "Write read_only: true. That protects the file alone: whoever can connect is root on the node.")
      }
      guard !isPlaced else { continue }
      // What every node has.
      let isEverywhere = ["/var/run", "/run", "/proc", "/sys", "/dev", "/etc"].contains {
        source == $0 || source.hasPrefix("\($0)/")
      }
      if mount.type == "bind", !isEverywhere {
        find(
          .bindWithoutConstraint, at: mount.position, in: service,
          "\(source) has to be on each node a task may come to",
          "Use a config, or write deploy.placement.constraints.")
      }
      let volume = file.volumes.first { $0.key == source }
      if mount.isOwnedData, mount.type == "volume", !source.isEmpty, volume?.driver ?? "local" == "local",
        volume?.driverOptions["type"]?.hasPrefix("nfs") != true
      {
        find(
          .volumeWithoutConstraint, at: mount.position, in: service,
          "\(source) is on one node: a task on another one starts with an empty volume",
          "Write deploy.placement.constraints, as node.labels.storage == true.")
      }
    }
  }

  /// Whether secrets stand where everybody reads them: a service's specification, and each container's.
  mutating func lintSecrecy(_ service: StackService) {
    for entry in service.environment {
      guard let value = entry.value.text, !value.isEmpty else { continue }
      if SecretName.isSecret(entry.key) {
        find(
          .plainSecret, at: entry.position, in: service, "\(entry.key) is in the environment",
          "Make it a Docker secret, and name its file in \(entry.key)_FILE.")
      } else if SecretName.hasPassword(url: value) {
        find(
          .plainSecret, at: entry.position, in: service, "\(entry.key) is a URL with a password",
          "Make the URL a Docker secret, and name its file in \(entry.key)_FILE.")
      }
    }
  }
}

/// Which names and values are secrets.
package enum SecretName {
  /// Whether the variable `name` has a secret for its value; one that names a file has not.
  package static func isSecret(_ name: String) -> Bool {
    let words = name.uppercased().split { !$0.isLetter }
    guard words.last != "FILE", words.last != "PATH" else { return false }
    let secrets: Set<Substring> = ["PASSWORD", "PASSWD", "PASS", "SECRET", "TOKEN", "APIKEY", "PWD"]
    if words.contains(where: secrets.contains) { return true }
    let keys: Set<Substring> = ["API", "SECRET", "PRIVATE", "ACCESS", "ENCRYPTION", "SIGNING", "AUTH"]
    return words.indices.contains { words[$0] == "KEY" && $0 > 0 && keys.contains(words[$0 - 1]) }
  }

  /// Whether `text` is as `scheme://user:password@host`.
  package static func hasPassword(url text: String) -> Bool {
    guard let scheme = text.firstRange(of: "://") else { return false }
    let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != " " }
    guard let at = authority.lastIndex(of: "@"), let colon = authority.firstIndex(of: ":"), colon < at else {
      return false
    }
    return authority.index(after: colon) < at
  }
}

extension ImageReference {
  /// Whether two of these on one volume destroy it.
  var isDatabase: Bool {
    let name = repository.split(separator: "/").last ?? ""
    let databases = [
      "postgres", "postgis", "timescale", "mysql", "mariadb", "mongo", "redis", "valkey", "elasticsearch", "opensearch",
      "prometheus", "influxdb", "rabbitmq", "cassandra", "clickhouse", "etcd",
    ]
    return databases.contains { name.contains($0) } && !name.contains("exporter")
  }
}

extension StackMount {
  /// Whether it is storage that the service writes and expects to find again.
  var isOwnedData: Bool { type == "volume" && !isReadOnly && source != nil }
}
