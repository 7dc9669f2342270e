import Metrics
import TestSupport
import Testing

@testable import Containers

@Suite struct PlaceTests {
  /// The labels of a series, as a page has them.
  private func labels(_ place: Place) -> String {
    var family = Family("x", .gauge, help: "x")
    family.add(1, place.labels(node: "host"))
    return Page([family]).names.first.map { String($0.dropFirst()) } ?? ""
  }

  @Test func `a task is named by its slot, one of a global service by the node`() {
    #expect(
      labels(.task("shop_web", "12")) == #"{name="shop_web.12",stack="",service="shop_web",slot="12",node="host"}"#)
    #expect(
      labels(.task("agent", "n1", node: "n1")) == #"{name="agent.host",stack="",service="agent",slot="",node="host"}"#)
    // A name may have dots.
    #expect(labels(.task("a.1.b", "2")) == #"{name="a.1.b.2",stack="",service="a.1.b",slot="2",node="host"}"#)
  }

  @Test func `the stack is a label of the container`() {
    let place = Place(
      name: "x",
      labels: [
        "com.docker.swarm.service.name": "shop_web", "com.docker.swarm.task.id": "t", "com.docker.swarm.node.id": "n",
        "com.docker.swarm.task.name": "shop_web.1.t", "com.docker.stack.namespace": "shop",
      ])
    #expect(labels(place) == #"{name="shop_web.1",stack="shop",service="shop_web",slot="1",node="host"}"#)
  }

  @Test func `a container of nobody's is named as it is`() {
    #expect(labels(Place(name: "redis", labels: [:])) == #"{name="redis",stack="",service="",slot="",node="host"}"#)
    // Not a stack's: a label that compose, or a person, may set.
    let labelled = Place(name: "redis", labels: ["com.docker.stack.namespace": "shop"])
    #expect(labels(labelled) == #"{name="redis",stack="",service="",slot="",node="host"}"#)
  }

  @Test(arguments: [
    "web.1", "web..t", "web.x.t", "other.1.t", "web.1.u", "web.-1.t", "web.1.2.t", "web.99999999999999999999.t", "",
    "web.t", ".1.t",
  ])
  func `labels of a swarm that do not agree make no task`(_ task: String) {
    let place = Place(
      name: "fake",
      labels: [
        "com.docker.swarm.service.name": "web", "com.docker.swarm.task.id": "t", "com.docker.swarm.node.id": "n",
        "com.docker.swarm.task.name": task,
      ])
    #expect(labels(place) == #"{name="fake",stack="",service="",slot="",node="host"}"#)
  }

  @Test func `odd names are only data, of which a readable part is kept`() {
    let odd = Place(name: "a\"\n\\b\u{0}é", labels: [:])
    #expect(labels(odd) == #"{name="a\"\n\\b"# + "\u{0}é" + #"",stack="",service="",slot="",node="host"}"#)
    #expect(labels(Place(name: String(repeating: "x", count: 100_000), labels: [:])).utf8.count < 400)
  }

  @Test func `two tasks of a slot have one place, those of two slots have two`() {
    #expect(Place.task("web", "1", id: "old") == Place.task("web", "1", id: "new"))
    #expect(Place.task("web", "1") != Place.task("web", "2"))
    #expect(Place.task("web", "1") != Place(name: "web.1", labels: [:]))
  }
}
