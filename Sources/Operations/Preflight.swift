import Engine
package import FoundationEssentials
import Swarm

/// What was looked at before something is begun, and what came of it.
package struct Finding: Equatable, Sendable, Encodable {
  package enum Level: String, Sendable, Encodable {
    case ok, warning, problem
  }

  package var level: Level
  package var text: String
  /// What to do about it.
  package var advice: String?

  package init(_ level: Level, _ text: String, advice: String? = nil) {
    self.level = level
    self.text = text
    self.advice = advice
  }
}

/// Whether an engine can be, or become, a manager on which the stack runs.
package struct Preflight: Sendable {
  package var engine: EngineFacts
  /// Nil where the engine's machine can't be looked at from here.
  package var machine: MachineFacts?
  /// The subnets that the stack's networks are to have.
  package var subnets: [Subnet]
  /// This machine's clock.
  package var now: Date

  /// Below this, images of the stack may not fit: 5 GiB.
  private static let leastDisk: UInt64 = 5 << 30

  package init(engine: EngineFacts, machine: MachineFacts?, subnets: [Subnet], now: Date) {
    self.engine = engine
    self.machine = machine
    self.subnets = subnets
    self.now = now
  }

  package var findings: [Finding] {
    [version, clock].compactMap(\.self) + ports + [disk].compactMap(\.self) + overlaps + managers
  }

  private var version: Finding? {
    guard let refusal = APIVersion(engine.apiVersion).flatMap(OldestEngine.stack.refusal) else {
      return Finding(.ok, "engine \(engine.version), API \(engine.apiVersion)")
    }
    return Finding(.problem, refusal.message, advice: refusal.advice)
  }

  private var clock: Finding? {
    guard let time = engine.time else { return nil }
    let skew = abs(time.timeIntervalSince(now))
    guard skew > 30 else { return nil }
    return Finding(
      .warning, "the engine's clock and this machine's differ by \(Int(skew)) s",
      advice: "Certificates and logs depend on it: run an NTP client on every node.")
  }

  /// Only for an engine that is in no swarm yet: of another one, the engine itself has them.
  private var ports: [Finding] {
    guard engine.swarm == .inactive, let machine else { return [] }
    let taken = MachineFacts.ports.compactMap { wanted -> Finding? in
      guard
        let holder = machine.listeners.first(where: {
          // The kernel's own sockets, which an overlay network of another engine has, can be shared.
          $0.port == wanted.port && $0.isUDP == wanted.isUDP && $0.inode != 0 && $0.program != "dockerd"
        })
      else { return nil }
      let name = "\(wanted.port)/\(wanted.isUDP ? "udp" : "tcp")"
      return Finding(
        .problem, "port \(name) (\(wanted.purpose)) is held by \(holder.program ?? "another program")",
        advice: "A swarm needs 2377/tcp, 7946/tcp, 7946/udp and 4789/udp: stop what holds \(name).")
    }
    return taken.isEmpty ? [Finding(.ok, "ports 2377/tcp, 7946/tcp, 7946/udp, 4789/udp are free")] : taken
  }

  private var disk: Finding? {
    guard let disk = machine?.disk, disk.total > 0 else { return nil }
    let share = Int(disk.free * 100 / disk.total)
    let text = "\(ByteCount.text(disk.free)) (\(share) %) free in \(engine.dataRoot)"
    guard disk.free < Preflight.leastDisk || share < 10 else { return Finding(.ok, text) }
    return Finding(.warning, text, advice: "Images and volumes go there: make room, vitals cleanup does some of it.")
  }

  private var overlaps: [Finding] {
    let routes = machine?.routes.filter { !MachineFacts.isDockers($0.device) } ?? []
    return subnets.flatMap { subnet in
      routes.filter { $0.subnet.overlaps(subnet) }.map { route in
        Finding(
          .problem, "the network \(subnet) overlaps the route to \(route.subnet) on \(route.device)",
          advice: "Containers could not reach what is there: take another subnet for the stack's network.")
      }
    }
  }

  private var managers: [Finding] {
    guard engine.swarm == .manager, engine.managers > 0, engine.managers % 2 == 0 else { return [] }
    return [
      Finding(
        .warning, "\(engine.managers) managers: an even number survives no more failures than one less",
        advice: "Have 3 or 5: docker node promote, or docker node demote.")
    ]
  }
}
