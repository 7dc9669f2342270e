import Engine
import Foundation
import Scoring
import Testing

@testable import Swarm

/// What a score is told of a swarm.
@Suite struct SwarmFactsTests {
  private func service(_ mode: Service.Mode = .replicated(2)) -> Service {
    var service = Service(id: "web")
    service.name = "web"
    service.mode = mode
    return service
  }

  private func facts(_ services: [Service], _ nodes: [Node] = [], _ tally: FailureLedger.Tally = .init()) -> SwarmFacts
  {
    SwarmFacts(Snapshot(nodes: nodes, services: services), at: 10_000) { _ in tally }
  }

  @Test func `jobs do not count`() {
    let jobs = [service(.replicatedJob(concurrent: 1, completions: 1)), service(.globalJob)]
    #expect(facts(jobs).services.isEmpty)
    #expect(facts([service()]).services.map(\.desired) == [2])
  }

  @Test(arguments: [
    (Service.Update.State.paused, true, false), (.rollbackPaused, false, true), (.updating, false, false),
    (.rollbackStarted, false, false), (.completed, false, false), (.rollbackCompleted, false, false),
  ])
  func `an update that has stopped`(state: Service.Update.State, isPaused: Bool, isRollbackPaused: Bool) {
    var service = service()
    service.update = .init(state)
    #expect(facts([service]).services.map(\.isUpdatePaused) == [isPaused])
    #expect(facts([service]).services.map(\.isRollbackPaused) == [isRollbackPaused])
  }

  @Test(arguments: [("ready", false), ("unknown", false), ("down", true), ("disconnected", true)])
  func `a node that is down`(state: String, isDown: Bool) {
    var node = Node(id: "a")
    node.state = state
    #expect(facts([], [node]).nodes.map(\.isDown) == [isDown])
  }

  @Test func `managers are counted`() {
    let nodes = ["reachable", "reachable", "unreachable"].enumerated().map { index, reachability in
      var node = Node(id: "\(index)")
      node.manager = .init(isLeader: index == 0, reachability: reachability)
      return node
    }
    let all = facts([], nodes)
    #expect((all.managers, all.reachableManagers, all.hasLeader) == (3, 2, true))
    #expect(!facts([], Array(nodes.dropFirst())).hasLeader)
  }

  @Test func `the latest failures count for ten minutes, each once, also those of before`() {
    var ledger = FailureLedger()
    func poll(_ times: [Double]) {
      ledger.beginPoll()
      for time in times {
        var task = ServiceTask(id: "\(time)")
        task.serviceID = "web"
        task.slot = 1
        task.state = .failed
        task.desiredState = .shutdown
        task.timestamp = Timestamp(seconds: time)
        ledger.add(task, isOccupied: true, isJob: false)
      }
      ledger.endPoll(services: ["web"])
    }
    poll([9990, 9000])
    #expect(facts([service()], [], ledger["web"]).services.map(\.recentFailures) == [1])
    poll([9990, 9000, 9400])
    #expect(facts([service()], [], ledger["web"]).services.map(\.recentFailures) == [2])
    poll([9990, 9399, 9400, 9995, 9996, 9997])
    #expect(ledger["web"].failures(since: 9400) == 3)
    #expect(ledger["web"].failures(since: 9996) == 2)
  }

  @Test func `a service tells whether it is critical, and its ports`() throws {
    let text = """
      {"ID":"a","Spec":{"Name":"grafana","Labels":{"vitals.critical":"false"}},
       "Endpoint":{"Ports":[{"Protocol":"udp","TargetPort":53,"PublishedPort":5353,"PublishMode":"host"},{"TargetPort":80}]},
       "UpdateStatus":{"State":"paused","Message":"because"}}
      """
    let service = try JSONDecoder().decode(Service.self, from: Data(text.utf8))
    #expect(!service.isCritical && service.update?.message == "because")
    #expect(
      service.ports == [
        .init(published: 5353, target: 53, transport: "udp", mode: "host"), .init(published: 0, target: 80),
      ])
    let plain = try JSONDecoder().decode(
      Service.self, from: Data(#"{"Spec":{"EndpointSpec":{"Ports":[{"TargetPort":1}]}}}"#.utf8))
    #expect(plain.isCritical && plain.ports.map(\.target) == [1])
  }
}
