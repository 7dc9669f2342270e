import Engine
import EventLoop
import Metrics
import TestSupport
import Testing

@testable import Swarm

@Suite(.timeLimit(.minutes(1))) struct SwarmCollectorTests {
  /// What one refresh came to.
  private struct Round: Sendable {
    var state: SwarmState?
    var error: EngineError?
    /// The families of the refresh, and then those of the state.
    var page = Page()
    var requests: [String] = []
    var targets: [String] = []
    /// Of the snapshot that is kept; nil without one.
    var services: Int?
  }

  /// Refreshes as often as asked, from an engine that answers the ping and else as `answer` says.
  private func refresh(
    times: Int = 1, ping: ScriptedEngine.Answer = .pong("Api-Version: 1.41"),
    infoInterval: Duration = .seconds(60), nodeLabels: [String] = [],
    _ answer: @escaping @Sendable (_ round: Int, _ target: String) -> ScriptedEngine.Answer
  ) async throws -> [Round] {
    try await onLoop { loop in
      nonisolated(unsafe) var round = 0
      let engine = try ScriptedEngine(on: loop) { target in
        if case .close = answer(round, "connection") { return .close }
        return target.hasPrefix("HEAD") ? ping : answer(round, target)
      }
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      var options = SwarmCollector.Options()
      options.infoInterval = infoInterval
      options.nodeLabels = nodeLabels
      let collector = SwarmCollector(client, on: loop, options: options)
      var rounds: [Round] = []
      for number in 0..<times {
        round = number
        let seen = engine.requests.count
        var result = Round()
        var families: [Family] = []
        do throws(EngineError) {
          families = try await collector.refresh(before: .now + .seconds(30))
        } catch {
          result.error = error
        }
        result.page = Page(families + collector.stateFamilies)
        result.state = collector.state
        result.requests = Array(engine.requests[seen...])
        result.targets = Array(engine.targets[seen...])
        result.services = collector.snapshot?.services.count
        rounds.append(result)
      }
      return rounds
    }
  }

  /// The answers of a manager, from a recording.
  private static func manager(_ target: String, _ fixture: Fixture = .up) -> ScriptedEngine.Answer {
    func text(_ name: String) -> ScriptedEngine.Answer {
      (try? fixture.text(name)).map { .json($0) } ?? .refusal(404, name)
    }
    let path = target.drop { $0 != "/" }.dropFirst("/v1.41".count).prefix { $0 != "?" }
    switch path {
    case "/info": return (try? Fixture.text("info/manager")).map { .json($0) } ?? .close
    case "/tasks" where target.contains("_up-to-date"): return fixture == .nodeDown ? text("updated") : .json("[]")
    case "/tasks" where target.contains("shutdown"): return text("history")
    default: return text(String(path.dropFirst()))
    }
  }

  @Test func `a manager is asked for nodes, services, tasks and history, in this order`() async throws {
    let round = try #require(try await refresh { _, target in Self.manager(target) }.first)
    #expect(round.error == nil)
    #expect(round.state == .manager)
    let states = #""desired-state":["running","ready","complete"]"#
    let updating = try Fixture.up.list("services", of: Service.self)
      .filter { ["shop_paused", "shop_rolling", "shop_web"].contains($0.name) }.sorted { $0.name < $1.name }
      .map { "\"\($0.id)\"" }.joined(separator: ",")
    #expect(
      round.targets == [
        "HEAD /_ping", "GET /v1.41/info", "GET /v1.41/nodes", "GET /v1.41/services?status=true",
        "GET /v1.41/tasks?filters={\(states)}",
        #"GET /v1.41/tasks?filters={"_up-to-date":["true"],\#(states),"service":[\#(updating)]}"#,
        #"GET /v1.41/tasks?filters={"desired-state":["shutdown"]}"#,
      ])
  }

  @Test func `what a manager answers is exposed`() async throws {
    let round = try #require(try await refresh { _, target in Self.manager(target, .nodeDown) }.first)
    let cache = #"stack="",service="cache""#
    let web = #"stack="shop",service="shop_web""#
    let expected: [(String, Double)] = [
      ("swarm_up", 1), (#"swarm_state{state="manager"}"#, 1), (#"swarm_state{state="worker"}"#, 0),
      (#"swarm_nodes{role="manager",state="ready",availability="active"}"#, 1),
      (#"swarm_nodes{role="worker",state="down",availability="active"}"#, 1),
      (#"swarm_nodes{role="worker",state="ready",availability="drain"}"#, 0),
      ("swarm_managers", 1), ("swarm_managers_reachable", 1), ("swarm_has_leader", 1),
      (#"swarm_services{mode="replicated"}"#, 12), (#"swarm_services{mode="global-job"}"#, 1),
      (#"swarm_tasks{state="pending"}"#, 3), ("swarm_cluster_cpus", 2),
      ("swarm_service_replicas_desired{\(cache),mode=\"replicated\"}", 2),
      ("swarm_service_replicas_running{\(cache),mode=\"replicated\"}", 1),
      ("swarm_service_replicas_reported{\(cache),mode=\"replicated\"}", 2),
      ("swarm_service_replicas_updated{\(web),mode=\"replicated\"}", 2),
      ("swarm_service_info{\(web),mode=\"replicated\",image=\"demo:1\"}", 1),
      ("swarm_service_tasks{\(cache),state=\"pending\"}", 1), ("swarm_service_tasks{\(cache),state=\"failed\"}", 0),
      ("swarm_service_update_state{\(web),state=\"updating\"}", 1),
      ("swarm_service_update_state{\(cache),state=\"none\"}", 1),
      ("swarm_service_task_failures_total{\(web),reason=\"exit\"}", 0),
      ("swarm_service_task_restarts_total{\(web)}", 0),
      (#"swarm_service_last_failure_exit_code{stack="shop",service="shop_crash"}"#, 3),
      ("swarm_service_cpu_limit{\(web)}", 0.5), ("swarm_service_memory_reservation_bytes{\(web)}", 16_777_216),
      ("swarm_service_max_replicas_per_node{\(cache)}", 1),
      (#"swarm_service_job_completions{stack="shop",service="shop_migrate"}"#, 3),
      (#"swarm_service_job_completions_desired{stack="shop",service="shop_report"}"#, 2),
      (#"swarm_node_state{node="worker-1",state="down"}"#, 1),
      (#"swarm_node_availability{node="worker-1",availability="active"}"#, 1),
      (#"swarm_node_manager_leader{node="manager-1"}"#, 1), (#"swarm_node_tasks_running{node="worker-1"}"#, 0),
      (#"swarm_node_memory_bytes{node="worker-1"}"#, 25_276_502_016),
      (
        #"swarm_cluster_info{cluster_id="syqp9fpdurjrve2zugt7ku4r1",engine_version="20.10.24+dfsg1",api_version="1.41"}"#,
        1
      ),
    ]
    for (series, value) in expected { #expect(round.page[series] == value, "\(series)") }
    // No limit is no series, not 0.
    #expect(!round.page.text.contains("swarm_service_cpu_limit{\(cache)"))
    #expect(!round.page.text.contains("swarm_service_pending_since_timestamp_seconds{\(web)"))
    #expect(!round.page.text.contains("swarm_node_manager_leader{node=\"worker-1\"}"))
    #expect(!round.page.text.contains("swarm_node_labels"))
  }

  @Test func `ids, digests and error texts are in no label`() async throws {
    let round = try #require(try await refresh { _, target in Self.manager(target) }.first)
    let services: [Service] = try Fixture.up.list("services")
    let tasks: [ServiceTask] = try Fixture.up.list("tasks") + Fixture.up.list("history")
    for id in services.map(\.id) + tasks.map(\.id) { #expect(!round.page.text.contains(id)) }
    for text in ["sha256", "non-zero", "No such image", "no suitable node"] { #expect(!round.page.text.contains(text)) }
    let lines = round.page.samples.filter { $0.contains("37l5m0p0yraqf3vfbfurfwbum") }
    #expect(lines.allSatisfy { $0.hasPrefix("swarm_node_meta{") })
  }

  @Test func `failures after the first refresh are counted`() async throws {
    let rounds = try await refresh(times: 2) { round, target in Self.manager(target, round == 0 ? .up : .nodeDown) }
    let series = #"swarm_service_task_failures_total{stack="shop",service="shop_noimage",reason="rejected"}"#
    #expect(rounds[0].page[series] == 0)
    #expect(try #require(rounds[1].page[series]) > 0)
    #expect(try #require(rounds[1].page[#"swarm_service_task_restarts_total{stack="shop",service="shop_crash"}"#]) > 0)
  }

  @Test func `the engine is not asked about itself at each refresh`() async throws {
    let rounds = try await refresh(times: 3) { _, target in Self.manager(target) }
    #expect(rounds.map { $0.requests.filter { $0.hasSuffix("/info") }.count } == [1, 0, 0])
    #expect(rounds.map { $0.requests.filter { $0 == "HEAD /_ping" }.count } == [1, 0, 0])
  }

  @Test func `an engine before API 1.41 is not asked to count, and one without jobs not for completed tasks`()
    async throws
  {
    let rounds = try await refresh(ping: .pong("Api-Version: 1.40")) { _, target in
      target.hasSuffix("/info") ? .json(#"{"Swarm":{"LocalNodeState":"active","ControlAvailable":true}}"#) : .json("[]")
    }
    #expect(rounds[0].error == nil)
    #expect(rounds[0].targets.contains("GET /v1.40/services"))
    #expect(rounds[0].targets.contains(#"GET /v1.40/tasks?filters={"desired-state":["running","ready"]}"#))
  }

  @Test func `a swarm stays up while it is asked again`() async throws {
    let pages = try await onLoop { loop in
      nonisolated(unsafe) var collector: SwarmCollector?
      nonisolated(unsafe) var pages: [Page] = []
      let engine = try ScriptedEngine(on: loop) { target in
        pages.append(Page(collector?.stateFamilies ?? []))
        return target.hasPrefix("HEAD") ? .pong("Api-Version: 1.41") : Self.manager(target)
      }
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      collector = SwarmCollector(client, on: loop)
      _ = try await collector?.refresh(before: .now + .seconds(10))
      pages = []
      _ = try await collector?.refresh(before: .now + .seconds(10))
      collector = nil
      return pages
    }
    #expect(pages.count > 3)
    #expect(pages.allSatisfy { $0["swarm_up"] == 1 })
  }

  @Test func `a manager may need longer for its lists than for its nodes`() async throws {
    let rounds = try await refresh { _, target in
      target.contains("/services")
        ? .late(.seconds(4), (try? Fixture.up.text("services")) ?? "") : Self.manager(target)
    }
    #expect(rounds[0].error == nil)
    #expect(rounds[0].page["swarm_up"] == 1)
  }

  // MARK: Engines that are no managers

  @Test(arguments: [
    ("active/worker", SwarmState.worker), ("inactive", .inactive), ("locked", .locked), ("pending", .pending),
    ("error", .error),
  ])
  func `an engine that tells what it is in the ping is asked nothing else`(
    _ field: String, _ state: SwarmState
  ) async throws {
    let rounds = try await refresh(times: 2, ping: .pong("Api-Version: 1.47", "Swarm: \(field)")) { _, _ in .silence }
    for round in rounds {
      #expect(round.state == state)
      #expect(round.error == nil)
      #expect(round.requests == ["HEAD /_ping"])
      #expect(round.page["swarm_up"] == 0)
      #expect(round.page["swarm_state{state=\"\(state.rawValue)\"}"] == 1)
      #expect(
        round.page.samples.filter { $0.hasPrefix("swarm_") }.count == 1 + SwarmState.allCases.count)
    }
  }

  @Test(arguments: [("worker", SwarmState.worker), ("locked", .locked), ("inactive", .inactive)])
  func `an older engine is asked about itself, and not again at once`(_ info: String, _ state: SwarmState) async throws
  {
    let text = try Fixture.text("info/\(info)")
    let rounds = try await refresh(times: 2) { _, target in target.hasSuffix("/info") ? .json(text) : .silence }
    #expect(rounds[0].requests == ["HEAD /_ping", "GET /v1.41/info"])
    #expect(rounds[1].requests == ["HEAD /_ping"])
    for round in rounds {
      #expect(round.state == state)
      #expect(round.error == nil)
    }
  }

  @Test func `an older engine that becomes a manager is found out`() async throws {
    let worker = try Fixture.text("info/worker")
    let rounds = try await refresh(times: 2, infoInterval: .zero) { round, target in
      round == 0 ? .json(worker) : Self.manager(target)
    }
    #expect(rounds.map(\.state) == [.worker, .manager])
    #expect(rounds[1].page["swarm_up"] == 1)
  }

  @Test(arguments: [
    (
      503,
      "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.",
      SwarmState.worker
    ),
    (
      503,
      "This node is not a swarm manager. Use \\\"docker swarm init\\\" or \\\"docker swarm join\\\" to connect this node to swarm and try again.",
      .inactive
    ),
    (
      503,
      "Swarm is encrypted and needs to be unlocked before it can be used. Please use \\\"docker swarm unlock\\\" to unlock it.",
      .locked
    ),
    (
      503,
      "Swarm certificates have expired. To replace them, leave the swarm using \\\"docker swarm leave\\\" and join the swarm again.",
      .error
    ),
  ])
  func `a manager that is none any more says so when it is asked`(
    _ code: Int, _ message: String, _ state: SwarmState
  ) async throws {
    let rounds = try await refresh(times: 2) { round, target in
      round == 1 && target.hasSuffix("/nodes") ? .refusal(code, message) : Self.manager(target)
    }
    #expect(rounds[1].error == nil)
    #expect(rounds.map(\.state) == [.manager, state])
    #expect(rounds[1].page["swarm_up"] == 0)
    #expect(!rounds[1].page.text.contains("swarm_services"))
    #expect(rounds.map(\.services) == [16, nil])
  }

  @Test func `a manager without a leader has lost the quorum, and is found again`() async throws {
    let message =
      "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online."
    let rounds = try await refresh(times: 3) { round, target in
      round == 1 && target.hasSuffix("/nodes") ? .refusal(500, message) : Self.manager(target)
    }
    #expect(rounds.map(\.state) == [.manager, .noQuorum, .manager])
    #expect(rounds[1].error?.reason == .status(500, message))
    #expect(rounds.map { $0.page["swarm_up"] } == [1, 0, 1])
  }

  @Test func `a manager that waits for a leader has lost the quorum, if it answers a ping`() async throws {
    let rounds = try await refresh(times: 2) { round, target in
      round == 1 && target.hasSuffix("/nodes") ? .silence : Self.manager(target)
    }
    #expect(rounds.map(\.state) == [.manager, .noQuorum])
    #expect(rounds[1].error?.reason == .timedOut)
    #expect(rounds[1].requests == ["GET /v1.41/nodes", "HEAD /_ping"])
  }

  @Test func `an engine that goes away and comes back is told`() async throws {
    let rounds = try await refresh(times: 3) { round, target in round == 1 ? .close : Self.manager(target) }
    #expect(rounds.map(\.state) == [.manager, .noEngine, .manager])
    #expect(rounds[1].error != nil)
    #expect(rounds.map { $0.page["swarm_up"] } == [1, 0, 1])
    #expect(rounds[1].page[#"swarm_state{state="no_engine"}"#] == 1)
    #expect(rounds.map(\.services) == [16, 16, 16])
  }

  @Test func `a proxy whose engine went away is told from a manager that fails`() async throws {
    nonisolated(unsafe) var round = 0
    let states = try await onLoop { loop in
      let engine = try ScriptedEngine(on: loop) { target in
        if round == 1 { return .status(503, "<html>No server is available</html>") }
        if round == 2, target.hasSuffix("/nodes") { return .refusal(500, "rpc error") }
        return target.hasPrefix("HEAD") ? .pong("Api-Version: 1.41") : Self.manager(target)
      }
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      let collector = SwarmCollector(client, on: loop)
      var states: [SwarmState?] = []
      for number in [0, 1, 0, 2] {
        round = number
        _ = try? await collector.refresh(before: .now + .seconds(30))
        states.append(collector.state)
      }
      return states
    }
    #expect(states == [.manager, .noEngine, .manager, .manager])
  }

  @Test func `an engine that was never there is told`() async throws {
    let (state, error) = try await onLoop { loop in
      let client = Client(Host(.unix(path: "/nowhere/docker.sock")), on: loop, resolver: Resolver(on: loop))
      let collector = SwarmCollector(client, on: loop)
      #expect(collector.stateFamilies.isEmpty)
      let error = await #expect(throws: EngineError.self) { try await collector.refresh(before: .now + .seconds(5)) }
      return (collector.state, error)
    }
    #expect(state == .noEngine)
    guard case .unreachable = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: ["/services", "/tasks"])
  func `a manager of which one answer fails is still a manager, but not up`(_ path: String) async throws {
    let rounds = try await refresh(times: 2) { round, target in
      round == 1 && target.contains(path) ? .refusal(500, "rpc error") : Self.manager(target)
    }
    #expect(rounds[1].state == .manager)
    #expect(rounds[1].error?.reason == .status(500, "rpc error"))
    #expect(rounds[1].page["swarm_up"] == 0)
  }

  @Test func `a proxy that keeps the engine's description to itself costs only that`() async throws {
    let rounds = try await refresh { _, target in
      target.hasSuffix("/info") ? .status(403, "Forbidden") : Self.manager(target)
    }
    #expect(rounds[0].state == .manager)
    #expect(rounds[0].page["swarm_up"] == 1)
    #expect(rounds[0].page.text.contains(#"swarm_cluster_info{cluster_id="","#))
  }

  // MARK: Nodes

  @Test func `nodes with one name are told apart, and chosen labels are shown`() async throws {
    let nodes = """
      [{"ID":"aaaaaaaaaaaaaaaa","Description":{"Hostname":"twin"},"Spec":{"Labels":{"zone":"a","rack.id":"1","x":"y"}}},
       {"ID":"bbbbbbbbbbbbbbbb","Description":{"Hostname":"twin"},"Spec":{"Labels":null}},
       {"ID":"cccccccccccccccc","Description":{"Hostname":"only"}},{"ID":"dddddddddddddddd"}]
      """
    let rounds = try await refresh(nodeLabels: ["zone", "rack.id", "rack-id"]) { _, target in
      if target.hasSuffix("/nodes") { return .json(nodes) }
      return target.hasSuffix("/info") ? Self.manager(target) : .json("null")
    }
    let round = rounds[0]
    for name in ["twin-aaaaaaaaaaaa", "twin-bbbbbbbbbbbb", "only", "dddddddddddd"] {
      #expect(round.page["swarm_node_tasks_running{node=\"\(name)\"}"] == 0, "\(name)")
    }
    #expect(
      round.page[#"swarm_node_labels{node="twin-aaaaaaaaaaaa",label_zone="a",label_rack_id="1"}"#] == 1)
    #expect(round.page[#"swarm_node_labels{node="only",label_zone="",label_rack_id=""}"#] == 1)
  }
}
