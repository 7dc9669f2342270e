package import Swarm

/// How many managers a swarm has, how many answer, and how many it needs.
package struct Quorum: Equatable, Sendable {
  package var managers: Int
  package var reachable: Int

  package init(managers: Int, reachable: Int) {
    self.managers = managers
    self.reachable = reachable
  }

  package init(_ nodes: [Node]) {
    let managers = nodes.compactMap(\.manager)
    self.init(managers: managers.count, reachable: managers.count { $0.reachability == "reachable" })
  }

  /// More than half of the managers (Raft).
  package var needed: Int { managers / 2 + 1 }
  package var isHeld: Bool { reachable >= needed }
  /// How many more managers may fail.
  package var margin: Int { reachable - needed }

  /// What is left when one that answers is a manager no more.
  package var withoutOne: Quorum { Quorum(managers: managers - 1, reachable: reachable - 1) }
}
