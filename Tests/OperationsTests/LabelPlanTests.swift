import Operations
import Swarm
import Testing

struct LabelPlanTests {
  private func node(_ id: String, _ labels: [String: String] = [:]) -> Node {
    var node = Node(id: id)
    node.hostname = "host-\(id)"
    node.labels = labels
    return node
  }

  private let storage = StackNeeds.NodeLabel(key: "pilito.storage", value: "true")

  @Test(
    arguments: [
      ("node.labels.pilito.storage == true", "pilito.storage=true"), ("node.labels.a==b c", "a=b c"),
      ("node.labels.a !=b", nil), ("node.role == manager", nil), ("node.labels.==x", nil), ("node.labels.a==", nil),
    ] as [(String, String?)])
  func `a constraint tells which label some node has to have`(constraint: String, text: String?) {
    #expect(StackNeeds.NodeLabel(constraint: constraint)?.text == text)
  }

  @Test func `this node gets what no node has, once`() throws {
    let plan = try LabelPlan([node("a"), node("b")], here: "b", asked: [], needed: [storage, storage])
    #expect(plan.entries.map { "\($0.host) \($0.label.text) \($0.isPresent)" } == ["host-b pilito.storage=true false"])
    let again = try LabelPlan(
      [node("a", ["pilito.storage": "true"]), node("b")], here: "b", asked: [], needed: [storage])
    #expect(again.entries.map { "\($0.host) \($0.isPresent)" } == ["host-a true"])
  }

  @Test func `who names the node decides`() throws {
    let plan = try LabelPlan(
      [node("a"), node("b")], here: "b", asked: [.init("host-a:pilito.storage=true")], needed: [storage])
    #expect(plan.entries.map { "\($0.host) \($0.isPresent)" } == ["host-a false"])
  }

  @Test func `a node that does not exist, or would need two values, is refused before anything is changed`() {
    let strange = #expect(throws: OperationError.self) {
      try LabelPlan([node("a")], here: "a", asked: [.init("host-x:k=v")], needed: [])
    }
    #expect(strange?.message == "there is no node host-x")
    let conflict = #expect(throws: OperationError.self) {
      try LabelPlan([node("a", ["pilito.storage": "false"])], here: "a", asked: [], needed: [storage])
    }
    #expect(conflict?.advice == "Choose the node: --label NODE:pilito.storage=true.")
  }

  @Test(arguments: ["", "node", "node:key", "node:=v", ":k=v", "node:a b=c"])
  func `a label that can't be read is refused`(text: String) {
    #expect(throws: OperationError.self) { try Initialization.Label(text) }
  }
}
