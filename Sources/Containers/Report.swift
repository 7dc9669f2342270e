import Metrics

/// What one refresh found, as it is exposed.
struct Report {
  private let readings: [Reading]
  /// Of each reading, what all its series have.
  private let labels: [Labels]
  private let node: String
  private let time: Double
  private let outOfMemory: OutOfMemoryLedger?

  /// - Parameters:
  ///   - time: when it was, in seconds since 1970.
  ///   - outOfMemory: nil where nothing is known of it.
  init(_ readings: [Reading], node: String, time: Double, outOfMemory: OutOfMemoryLedger?) {
    self.readings = readings
    labels = readings.map { $0.place.labels(node: node) }
    self.node = node
    self.time = time
    self.outOfMemory = outOfMemory
  }

  /// Makes the families of the containers, each on its own, so that other tasks of the loop can have a turn between.
  var parts: [() -> Family] { ContainerFamily.all.map { kind in { family(kind) } } + [{ lastSeen }, { events }] }

  private func family(_ kind: ContainerFamily) -> Family {
    var family = Family(kind.name, kind.kind, help: kind.help, unit: kind.unit)
    for (reading, labels) in zip(readings, labels) {
      if let value = kind.value(reading) { family.add(value, labels) }
    }
    return family
  }

  private var lastSeen: Family {
    var family = Family("container_last_seen", .gauge, help: "When the container was last asked about.")
    for labels in labels { family.add(time, labels) }
    return family
  }

  private var events: Family {
    var family = Family(
      "container_oom_events_total", .counter, help: "How often a process was killed because of the memory limit.")
    guard let outOfMemory else { return family }
    for (reading, labels) in zip(readings, labels) { family.add(outOfMemory[reading.place], labels) }
    return family
  }

  /// The family that tells of running containers which are not among the readings.
  func leftOut(unreadable: Int, excess: Int) -> Family {
    var family = Family(
      "containers_left_out", .gauge, help: "Running containers without series, because of an error or of their number.")
    family.add(unreadable, ["reason": "error", "node": node])
    family.add(excess, ["reason": "limit", "node": node])
    return family
  }
}
