package import EventLoop
import Scoring
package import Swarm

/// Takes an engine out of its swarm, without a loss that can be avoided: a manager hands over its part of the quorum.
package struct Departure: Sendable {
  /// What has to be done, decided before anything is.
  package enum Plan: Equatable, Sendable {
    /// The engine is in no swarm.
    case nothing
    /// A worker leaves. Only a manager can move its tasks away.
    case worker
    /// A manager, of which the tasks have to be moved away first, becomes a worker, and leaves.
    case manager(left: Quorum)
    /// It leaves at once, because it has to: what is lost by it.
    case forced(loss: String)
  }

  /// What the swarm has that goes with its last manager.
  package struct Stock: Equatable, Sendable {
    package var services: Int
    package var secrets: Int
    package var configs: Int

    package init(services: Int, secrets: Int, configs: Int) {
      self.services = services
      self.secrets = secrets
      self.configs = configs
    }
  }

  package let engine: EngineFacts
  package let plan: Plan
  let manager: Manager

  /// Decides.
  ///
  /// - Parameters:
  ///   - nodes: nil where the managers have no quorum, and where the engine is no manager.
  ///   - isForced: whether a loss is accepted.
  /// - Throws: `failed` or `noManager` where it would lose more than a node, and that is not accepted.
  package static func plan(
    _ engine: EngineFacts, nodes: [Node]?, stock: Stock, isForced: Bool
  ) throws(OperationError) -> Plan {
    switch engine.swarm {
    case .inactive, .noEngine: return .nothing
    case .worker: return .worker
    case .manager where nodes != nil: break
    case .manager, .noQuorum, .locked, .pending, .error:
      let state = engine.swarm == .manager ? SwarmState.noQuorum : engine.swarm
      if isForced { return .forced(loss: "nobody is asked, as the swarm's state here is \(state.rawValue)") }
      throw OperationError(
        .noManager, "this engine can't leave in good order: \(state.rawValue)",
        advice: "\(state.advice)\nWith --force it leaves as it is: its managers' votes and its tasks are lost.")
    }
    let nodes = nodes ?? []
    let quorum = Quorum(nodes)
    if quorum.managers <= 1 {
      let workers = nodes.count - 1
      let loss =
        "it is the last manager: the swarm ends, with \(counted(stock.services, "service")),"
        + " \(counted(stock.secrets, "secret")) and \(counted(stock.configs, "config"))"
        + (workers > 0 ? "; \(counted(workers, "worker")) would be left without a manager" : "")
      if isForced { return .forced(loss: loss) }
      throw OperationError(
        .failed, loss, advice: "Make another node a manager first, or accept that with --force. Volumes stay.")
    }
    let left = quorum.withoutOne
    guard !left.isHeld else { return .manager(left: left) }
    let loss =
      "the quorum would be lost: \(quorum.reachable) of \(quorum.managers) managers answer, without this one"
      + " \(left.reachable) of \(left.managers), and \(left.needed) are needed"
    if isForced { return .forced(loss: loss) }
    throw OperationError(
      .failed, loss,
      advice: "Bring back the managers that do not answer, or demote them: docker node demote NODE.")
  }

  /// - Throws: as `plan`; `failed` where the engine is too old.
  package init(_ manager: Manager, isForced: Bool, before deadline: Instant) async throws(OperationError) {
    self.manager = manager
    engine = try await manager.facts(before: deadline)
    var nodes: [Node]?
    var stock = Stock(services: 0, secrets: 0, configs: 0)
    if engine.swarm == .manager {
      try manager.require(.manager)
      do throws(OperationError) {
        nodes = try await manager.nodes(before: deadline)
        stock.services = try await manager.services(before: deadline).count
        stock.secrets = try await manager.objects(.secrets, before: deadline).count
        stock.configs = try await manager.objects(.configs, before: deadline).count
      } catch {
        guard error.kind == .noManager else { throw error }
        nodes = nil
      }
    }
    plan = try Departure.plan(engine, nodes: nodes, stock: stock, isForced: isForced)
  }

  /// Does what is planned, once no task runs here that could run elsewhere, and waits until the engine is in no swarm.
  ///
  /// - Throws: `deadline` where that takes too long, with how far it came.
  package func run(_ waiting: Waiting, report: (String) -> Void) async throws(OperationError) {
    let deadline = waiting.deadline
    let advice = "Repeat this, or undo it: vitals activate \(engine.name)."
    var query: KeyValuePairs<String, String> = [:]
    switch plan {
    case .nothing: return
    case .worker: break
    case .forced: query = ["force": "true"]
    case .manager:
      try await manager.update("/nodes/\(engine.nodeID)", before: deadline) { specification in
        guard specification["Role"].text != "worker" else { return false }
        specification["Role"] = .string("worker")
        return true
      }
      report("\(engine.name) is no manager any more")
      try await waiting.untilNothing(advice: advice) { () throws(OperationError) in
        let isWorker = try await manager.facts(before: deadline).swarm == .worker
        return isWorker ? nil : "\(engine.name), drained and demoted, still acts as a manager"
      }
    }
    try await manager.post("/swarm/leave", query: query, before: deadline)
    try await waiting.untilNothing(advice: advice) { () throws(OperationError) in
      let isOut = try await manager.facts(before: deadline).swarm == .inactive
      return isOut ? nil : "\(engine.name) was told to leave, and is still in the swarm"
    }
    report("\(engine.name) has left the swarm")
  }
}
