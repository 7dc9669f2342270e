import Metrics

/// What the series of a container are about: a place that containers come to and go from.
///
/// A task's container is replaced at every deployment, by one with another name and id. Its place stays: the slot of the
/// service, or the service on this node where it is global. So neither ids nor the names that have ids in them are labels.
struct Place: Comparable, Hashable, Sendable {
  /// The swarm service; empty for a container that no swarm has started.
  let service: String
  /// The stack of the service; empty where there is none.
  let stack: String
  /// The number among the replicas; empty for a global service.
  let slot: String
  /// The container's own name; empty for a task's.
  private let name: String

  /// A name or a label may have any length; nobody needs to read more of it than this.
  private static let longest = 255

  /// The place of the container with this name and these labels.
  ///
  /// Anybody can put a swarm's labels on a container, so they count only where they agree with one another:
  /// a task is named `service.slot.id`, or `service.node.id` where it has no slot.
  init(name: String, labels: [String: String]) {
    let service = labels["com.docker.swarm.service.name"] ?? ""
    let id = labels["com.docker.swarm.task.id"] ?? ""
    let node = labels["com.docker.swarm.node.id"] ?? ""
    let task = labels["com.docker.swarm.task.name"] ?? ""
    let (start, end) = ("\(service).", ".\(id)")
    var slot: Substring?
    if !service.isEmpty, !id.isEmpty, task.hasPrefix(start), task.hasSuffix(end), task.count > start.count + end.count {
      slot = task.dropFirst(start.count).dropLast(end.count)
    }
    if let slot, slot == node || slot.utf8.count < 20 && slot.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      self.service = String(service.prefix(Place.longest))
      stack = String((labels["com.docker.stack.namespace"] ?? "").prefix(Place.longest))
      self.slot = slot == node ? "" : String(slot)
      self.name = ""
    } else {
      (self.service, stack, self.slot) = ("", "", "")
      self.name = String(name.prefix(Place.longest))
    }
  }

  static func < (a: Place, b: Place) -> Bool {
    (a.stack, a.service, a.slot, a.name) < (b.stack, b.service, b.slot, b.name)
  }

  /// The labels of all series of the place: `name` tells it from all others of the swarm.
  func labels(node: String) -> Labels {
    let name = service.isEmpty ? self.name : "\(service).\(slot.isEmpty ? node : slot)"
    return ["name": name, "stack": stack, "service": service, "slot": slot, "node": node]
  }
}
