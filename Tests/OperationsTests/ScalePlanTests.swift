import Operations
import Swarm
import Testing

struct ScalePlanTests {
  /// Two nodes with two processors each, on which a service with three replicas runs.
  private static func scene(reserved: Double = 0, maximumPerNode: Int = 0, constraints: [String] = []) -> Scene {
    var scene = Scene(nodes: ["node1", "node2"])
    for index in scene.nodes.indices {
      scene.nodes[index].resources = Resources(nanoCPUs: 2_000_000_000, memory: 1 << 30)
    }
    scene.nodes[0].role = "manager"
    scene.add("web", .replicated(3))
    scene.add("agent", .global)
    scene["web"].service.reservations = Resources(nanoCPUs: Int64(reserved * 1e9))
    scene["web"].service.maximumPerNode = maximumPerNode
    scene["web"].specification["TaskTemplate"]["Placement"]["Constraints"] =
      .array(constraints.map(JSONValue.string))
    for slot in 1...3 { scene.task("web", slot: slot, on: slot == 3 ? "node2" : "node1") }
    for index in scene.tasks.indices { scene.tasks[index].reservations = scene["web"].service.reservations }
    return scene
  }

  private func plan(_ scene: Scene, _ requests: String...) throws -> ScalePlan {
    try ScalePlan(
      requests.map { try ScalePlan.Request($0) }, services: scene.services, tasks: scene.tasks, nodes: scene.nodes)
  }

  private func refusal(_ scene: Scene, _ requests: String...) throws -> String {
    let parsed = try requests.map { try ScalePlan.Request($0) }
    do {
      _ = try ScalePlan(parsed, services: scene.services, tasks: scene.tasks, nodes: scene.nodes)
      return ""
    } catch {
      return error.message
    }
  }

  @Test func `what changes and what does not is told apart`() throws {
    let plan = try plan(Self.scene(), "pilito_web=5")
    #expect(plan.changes.map(\.replicas) == [5] && plan.unchanged.isEmpty)
    let same = try self.plan(Self.scene(), "web=3")
    #expect(same.changes.isEmpty && same.unchanged.map(\.service.name) == ["pilito_web"])
  }

  @Test(arguments: ["web", "web=", "=3", "web=-1", "web=x", "web=1=2", "web=99999999"])
  func `what is no request is refused`(text: String) {
    #expect(throws: OperationError.self) { try ScalePlan.Request(text) }
  }

  @Test func `all that is wrong is told at once`() throws {
    let text = try refusal(Self.scene(), "wbe=1", "agent=2", "web=4", "web=5")
    #expect(
      text == """
        there is no service wbe
        agent is a global service: it has no number of replicas
        web is named twice
        """)
  }

  @Test func `replicas have to fit into what the nodes have left`() throws {
    // One processor is free on the first node, and one and a half on the other: five more fit.
    #expect(try plan(Self.scene(reserved: 0.5), "web=8").changes.map(\.replicas) == [8])
    #expect(
      try refusal(Self.scene(reserved: 0.5), "web=9")
        == "web needs 6 more x 0.5 CPU reserved, and there is room for 5: node1 has 1 CPU and 1024 MiB free, "
        + "node2 has 1.5 CPU and 1024 MiB free")
  }

  @Test func `a node that is drained, paused or down has no room`() throws {
    for change in [{ $0.availability = "drain" }, { $0.state = "down" }] as [(inout Node) -> Void] {
      var scene = Self.scene(reserved: 0.5)
      change(&scene.nodes[1])
      #expect(try refusal(scene, "web=8").contains("there is room for 2"))
    }
  }

  @Test func `there can't be more than the limit a node`() throws {
    #expect(try plan(Self.scene(maximumPerNode: 2), "web=4").changes.count == 1)
    #expect(try plan(Self.scene(maximumPerNode: .max), "web=4").changes.count == 1)
    #expect(
      try refusal(Self.scene(maximumPerNode: 2), "web=5")
        == "web may have 2 a node (max_replicas_per_node) and 2 nodes may run it: 5 is more than 4")
  }

  @Test func `only nodes that the constraints allow count`() throws {
    let scene = Self.scene(reserved: 0.5, constraints: ["node.role == manager"])
    #expect(try refusal(scene, "web=8").contains("there is room for 2: node1"))
    #expect(
      try refusal(Self.scene(constraints: ["node.labels.disk==ssd"]), "web=4")
        == "web: no node may run it (node.labels.disk==ssd)")
  }

  @Test func `fewer replicas need no room`() throws {
    #expect(try plan(Self.scene(constraints: ["node.labels.disk==ssd"]), "web=0").changes.map(\.replicas) == [0])
  }
}

struct PlacementConstraintTests {
  private static let node = {
    var node = Node(id: "n1")
    node.hostname = "worker-1"
    node.role = "worker"
    node.architecture = "x86_64"
    node.labels = ["disk": "ssd"]
    return node
  }()

  @Test(
    arguments: [
      ("node.hostname==worker-1", true), ("node.hostname != worker-1", false), ("node.id == n1", true),
      ("node.role==manager", false), ("node.role!=manager", true), ("node.labels.disk == SSD", true),
      ("node.labels.missing == x", false), ("node.labels.missing != x", true), ("node.platform.arch==x86_64", true),
      ("engine.labels.os == x", nil), ("node.ip == 10.0.0.0/8", nil),
    ] as [(String, Bool?)])
  func `a constraint allows a node, or not, or can't be judged`(text: String, allows: Bool?) throws {
    #expect(try #require(PlacementConstraint(text)).allows(Self.node) == allows)
  }

  @Test func `what is no constraint is none`() { #expect(PlacementConstraint("node.role") == nil) }
}

struct DrainPlanTests {
  @Test func `what moves, what ends and what stops is told before`() {
    var scene = Scene(nodes: ["node1", "node2"])
    scene.add("web", .replicated(2))
    scene.add("postgres", .replicated(1))
    scene.add("agent", .global)
    scene.add("elsewhere", .replicated(1))
    scene.add("crashing", .replicated(1))
    scene["postgres"].specification["TaskTemplate"]["Placement"]["Constraints"] =
      .array([.string("node.hostname == node1")])
    scene.task("web", slot: 1)
    scene.task("web", slot: 2, on: "node2")
    scene.task("postgres", slot: 1)
    scene.task("agent")
    scene.task("crashing", slot: 1, .starting)
    scene.task("elsewhere", slot: 1, on: "node2")
    scene.task("elsewhere", slot: 1, .shutdown, desired: .shutdown)
    scene.nodes[0].manager = .init(isLeader: true, reachability: "reachable")
    let plan = DrainPlan(scene.nodes[0], services: scene.services, tasks: scene.tasks, nodes: scene.nodes)
    #expect(plan.moving.map(\.service.shortName) == ["web"])
    #expect(plan.unwell.map(\.service.shortName) == ["crashing"])
    #expect(plan.ending.map(\.service.shortName) == ["agent"])
    #expect(plan.stranded.map(\.service.shortName) == ["postgres"])
    #expect(
      plan.warnings == [
        "no other node may run pilito_postgres (node.hostname == node1): it stops",
        "pilito_crashing is not well already, and not waited for",
        "node1 is the only manager, and goes on managing the swarm: there is no swarm while it is off",
      ])
  }

  @Test func `where no other node is left, all stops`() {
    var scene = Scene(nodes: ["node1", "node2"])
    scene.add("web", .replicated(1))
    scene.task("web", slot: 1)
    scene.nodes[1].availability = "drain"
    let plan = DrainPlan(scene.nodes[0], services: scene.services, tasks: scene.tasks, nodes: scene.nodes)
    #expect(plan.moving.isEmpty && plan.stranded.count == 1)
    #expect(plan.warnings == ["no other node is active and ready: nothing runs until one is"])
  }
}
