import Engine
import Foundation
@testable import Swarm
import Testing

@Suite struct ModelTests {
  private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  @Test func `a node is read as the engine writes it`() throws {
    let nodes: [Node] = try Fixture.nodeDown.list("nodes")
    let manager = try #require(nodes.first { $0.hostname == "manager-1" })
    let worker = try #require(nodes.first { $0.hostname == "worker-1" })
    #expect(manager.role == "manager" && manager.state == "ready" && manager.availability == "active")
    #expect(manager.manager == Node.ManagerStatus(isLeader: true, reachability: "reachable"))
    #expect(manager.resources == Resources(nanoCPUs: 2_000_000_000, memory: 25_276_502_016))
    #expect(manager.engineVersion == "20.10.24+dfsg1" && manager.architecture == "x86_64" && manager.system == "linux")
    #expect(worker.role == "worker" && worker.state == "down" && worker.manager == nil)
    #expect(!worker.isAlive && manager.isAlive)
  }

  @Test func `services are read as the engine writes them`() throws {
    let services: [Service] = try Fixture.up.list("services")
    func service(_ name: String) throws -> Service { try #require(services.first { $0.name == name }) }
    let web = try service("shop_web")
    #expect(web.stack == "shop" && web.image == "demo:1" && web.mode == .replicated(3))
    #expect(web.limits == Resources(nanoCPUs: 500_000_000, memory: 64 << 20))
    #expect(web.reservations == Resources(nanoCPUs: 100_000_000, memory: 16 << 20))
    #expect(web.status == Service.Status(running: 4, desired: 3))
    #expect(web.update?.state == .updating && web.update?.completedAt == nil)
    #expect(web.update?.startedAt == Timestamp("2026-11-23T08:38:18.484737169Z"))
    #expect(web.createdAt != nil && web.updatedAt != nil)
    #expect(try service("cache").stack == "" && service("cache").maximumPerNode == 1)
    #expect(try service("shop_agent").mode == .global)
    #expect(try service("shop_idle").mode == .replicated(0))
    #expect(try service("shop_migrate").mode == .replicatedJob(concurrent: 2, completions: 3))
    #expect(try service("shop_sweep").mode == .globalJob)
    #expect(try service("shop_paused").update?.state == .paused)
    #expect(try service("shop_back").update?.state == .rollbackCompleted)
    #expect(try service("shop_back").update?.completedAt != nil)
    #expect(try service("shop_big").update == nil)
  }

  @Test func `tasks are read as the engine writes them`() throws {
    let current: [ServiceTask] = try Fixture.up.list("tasks")
    let history: [ServiceTask] = try Fixture.up.list("history")
    let pending = try #require(current.first { $0.state == .pending })
    #expect(pending.nodeID == "" && pending.error.contains("insufficient resources") && pending.timestamp != nil)
    #expect(pending.reservations.memory == 4000 << 30)
    let failed = try #require(history.first { $0.state == .failed && $0.exitCode == 3 })
    #expect(failed.desiredState == .shutdown && failed.error == "task: non-zero exit (3)" && failed.slot > 0)
    #expect(history.contains { $0.state == .rejected && $0.error.hasPrefix("No such image") })
    #expect(current.contains { $0.state == .running && $0.desiredState == .complete && $0.slot == 0 })
  }

  @Test(arguments: ["{}", #"{"Spec":null,"Status":null,"Description":null,"ManagerStatus":null,"UpdateStatus":null}"#])
  func `what is missing or null has a default`(_ text: String) throws {
    #expect(try decode(Node.self, text) == Node(id: ""))
    #expect(try decode(Service.self, text) == Service(id: ""))
    #expect(try decode(ServiceTask.self, text) == ServiceTask(id: ""))
    #expect(try decode(Info.self, text) == Info())
  }

  @Test func `values of a later engine do no harm`() throws {
    let task = try decode(ServiceTask.self, #"{"ID":"t","DesiredState":"running","Status":{"State":"hibernating"}}"#)
    #expect(task.state == .unknown)
    let service = try decode(
      Service.self, #"{"ID":"s","Spec":{"Mode":{"Elastic":{}}},"UpdateStatus":{"State":"dreaming"}}"#)
    #expect(service.mode == .unknown && service.update == nil)
  }

  @Test func `a digest is no part of the image, and a zero time is no time`() throws {
    let service = try decode(
      Service.self,
      #"""
      {"CreatedAt":"0001-01-01T00:00:00Z",
       "Spec":{"TaskTemplate":{"ContainerSpec":{"Image":"nginx:1.27@sha256:00ff"}}},
       "UpdateStatus":{"State":"updating","CompletedAt":"0001-01-01T00:00:00Z"}}
      """#)
    #expect(service.image == "nginx:1.27")
    #expect(service.createdAt == nil && service.update?.completedAt == nil)
  }

  @Test func `a job without numbers runs one task`() throws {
    #expect(
      try decode(Service.self, #"{"Spec":{"Mode":{"ReplicatedJob":{}}}}"#).mode
        == .replicatedJob(concurrent: 1, completions: 1))
    #expect(
      try decode(Service.self, #"{"Spec":{"Mode":{"ReplicatedJob":{"MaxConcurrent":3}}}}"#).mode
        == .replicatedJob(concurrent: 3, completions: 3))
  }

  @Test func `a field of another type is an error`() {
    #expect(throws: DecodingError.self) { try decode(Node.self, #"{"Spec":[]}"#) }
    #expect(throws: DecodingError.self) { try decode(ServiceTask.self, #"{"Slot":"one"}"#) }
  }

  @Test(arguments: [
    ("manager", SwarmState.manager), ("worker", .worker), ("locked", .locked), ("inactive", .inactive),
    ("no-quorum", .manager),
  ])
  func `what an engine says of itself tells the state`(_ name: String, _ state: SwarmState) throws {
    #expect(SwarmState(try Fixture.info(name)) == state)
  }
}
