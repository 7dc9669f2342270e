import Operations
import Swarm
import Testing

struct DepartureTests {
  private func engine(_ state: String, isManager: Bool = false) -> EngineFacts {
    EngineFacts(
      .object(["Swarm": .object(["LocalNodeState": .string(state), "ControlAvailable": .bool(isManager)])]),
      apiVersion: "1.41")
  }

  private func nodes(_ reachabilities: [String], workers: Int = 0) -> [Node] {
    reachabilities.enumerated().map { index, reachability in
      var node = Node(id: "m\(index)")
      node.manager = .init(isLeader: index == 0, reachability: reachability)
      return node
    } + (0..<workers).map { Node(id: "w\($0)") }
  }

  private let stock = Departure.Stock(services: 4, secrets: 3, configs: 2)

  @Test(
    arguments: [
      (["reachable", "reachable", "reachable"], 2, 0), (["reachable", "reachable"], 1, 0),
      (["reachable", "reachable", "reachable", "reachable", "unreachable"], 4, 0),
      (["reachable", "reachable", "reachable", "reachable", "reachable"], 4, 1),
    ])
  func `a manager leaves where the others have a quorum`(reachabilities: [String], managers: Int, margin: Int) throws {
    let plan = try Departure.plan(
      engine("active", isManager: true), nodes: nodes(reachabilities), stock: stock, isForced: false)
    guard case .manager(let left) = plan else {
      Issue.record("\(plan)")
      return
    }
    #expect(left.managers == managers)
    #expect(left.margin == margin)
  }

  @Test(
    arguments: [
      (
        ["reachable", "reachable", "unreachable"],
        "the quorum would be lost: 2 of 3 managers answer, without this one 1 of 2, and 2 are needed"
      ),
      (
        ["reachable", "unreachable", "reachable", "unreachable", "reachable"],
        "the quorum would be lost: 3 of 5 managers answer, without this one 2 of 4, and 3 are needed"
      ),
    ])
  func `it is refused where they have none, with the numbers`(reachabilities: [String], message: String) throws {
    let facts = engine("active", isManager: true)
    let error = #expect(throws: OperationError.self) {
      try Departure.plan(facts, nodes: nodes(reachabilities), stock: stock, isForced: false)
    }
    #expect(error?.kind == .failed)
    #expect(error?.message == message)
    let forced = try Departure.plan(facts, nodes: nodes(reachabilities), stock: stock, isForced: true)
    #expect(forced == .forced(loss: message))
  }

  @Test func `the last manager is told what ends with it`() throws {
    let facts = engine("active", isManager: true)
    let error = #expect(throws: OperationError.self) {
      try Departure.plan(facts, nodes: nodes(["reachable"], workers: 2), stock: stock, isForced: false)
    }
    #expect(
      error?.message
        == "it is the last manager: the swarm ends, with 4 services, 3 secrets and 2 configs; 2 workers would be left without a manager"
    )
  }

  @Test(arguments: ["locked", "pending", "error"])
  func `an engine in no good state leaves by force alone`(state: String) throws {
    let error = #expect(throws: OperationError.self) {
      try Departure.plan(engine(state), nodes: nil, stock: stock, isForced: false)
    }
    #expect(error?.kind == .noManager)
    guard case .forced = try Departure.plan(engine(state), nodes: nil, stock: stock, isForced: true) else {
      Issue.record("not by force")
      return
    }
  }

  @Test func `a worker leaves, an engine in no swarm has nothing to do, and a lost quorum is told`() throws {
    #expect(try Departure.plan(engine("active"), nodes: nil, stock: stock, isForced: false) == .worker)
    #expect(try Departure.plan(engine("inactive"), nodes: nil, stock: stock, isForced: false) == .nothing)
    let error = #expect(throws: OperationError.self) {
      try Departure.plan(engine("active", isManager: true), nodes: nil, stock: stock, isForced: false)
    }
    #expect(error?.kind == .noManager)
    #expect(error?.message == "this engine can't leave in good order: no_quorum")
  }
}
