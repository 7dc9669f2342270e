import Engine
import EventLoop
import Metrics
import TestSupport
import Testing

@testable import Containers

@Suite(.timeLimit(.minutes(1))) struct ContainerCollectorTests {
  /// What one refresh came to.
  private struct Round: Sendable {
    var error: EngineError?
    var problem: EngineError?
    var page = Page()
    var requests: [String] = []

    /// The values of the label `name` of a family.
    func names(_ family: String) -> [String] {
      page.samples.filter { $0.hasPrefix("\(family){") }
        .compactMap { $0.split(separator: "\"").dropFirst().first.map(String.init) }
    }
  }

  /// A container as an engine lists it; its usage is `cpu` seconds.
  private struct Listed: Sendable {
    var id: String
    var name: String
    var created = 0
    var labels = "{}"
    var cpu = 1

    /// A task of the service `web`.
    static func task(_ id: String, slot: String = "1", created: Int = 0, cpu: Int = 1) -> Listed {
      let task = "web.\(slot).t\(id)"
      return Listed(
        id: id, name: task, created: created,
        labels:
          #"{"com.docker.swarm.service.name":"web","com.docker.swarm.node.id":"n","com.docker.swarm.task.id":"t\#(id)","com.docker.swarm.task.name":"\#(task)"}"#,
        cpu: cpu)
    }
  }

  /// An engine with these containers.
  private static func answer(_ target: String, _ containers: [Listed]) -> ScriptedEngine.Answer {
    if target.hasPrefix("HEAD") { return .pong("Api-Version: 1.41") }
    if target.hasSuffix("/info") { return .json(#"{"Name":"host1"}"#) }
    if target.contains("/events") { return .silence }
    if target.hasSuffix("/containers/json") {
      let list = containers.map {
        #"{"Id":"\#($0.id)","Names":["/\#($0.name)"],"Created":\#($0.created),"Labels":\#($0.labels)}"#
      }
      return .json("[\(list.joined(separator: ","))]")
    }
    guard let one = containers.first(where: { target.contains("/containers/\($0.id)/") }) else {
      return .refusal(404, "No such container")
    }
    guard target.contains("/stats") else {
      return .json(#"{"State":{"Running":true,"StartedAt":"1970-01-01T00:01:40Z"},"HostConfig":{"Memory":5}}"#)
    }
    let usage = #"{"cpu_usage":{"total_usage":\#(one.cpu)000000000}}"#
    return .json(#"{"read":"2026-11-23T12:00:00Z","cpu_stats":\#(usage)}"#)
  }

  /// Refreshes as often as asked, from an engine that answers as `answer` says.
  private func refresh(
    times: Int = 1, options: ContainerCollector.Options = .init(),
    _ answer: @escaping @Sendable (_ round: Int, _ target: String) -> ScriptedEngine.Answer
  ) async throws -> [Round] {
    try await onLoop { loop in
      nonisolated(unsafe) var round = 0
      let engine = try ScriptedEngine(on: loop) { answer(round, $0) }
      defer { engine.close() }
      let collector = ContainerCollector(Host(.unix(path: engine.path)), on: loop, options: options)
      var rounds: [Round] = []
      for number in 0..<times {
        round = number
        let seen = engine.requests.count
        var result = Round()
        var families: [Family] = []
        do throws(EngineError) {
          families = try await collector.refresh(before: .now + .seconds(30), at: 1000)
        } catch {
          result.error = error
        }
        result.page = Page(families)
        result.problem = collector.problem
        result.requests = Array(engine.requests[seen...])
        rounds.append(result)
      }
      return rounds
    }
  }

  private static let web = #"{name="web.1",stack="",service="web",slot="1",node="host1"}"#

  // MARK: Real answers

  @Test(arguments: Fixture.allCases)
  func `every family of a real engine's containers is right`(_ fixture: Fixture) async throws {
    let ids = Dictionary(try fixture.containers().map { ($0.id, $0.place) }) { first, _ in first }
    let rounds = try await refresh { _, target in
      if target.hasPrefix("HEAD") { return .pong("Api-Version: 1.41") }
      if target.hasSuffix("/info") { return .json(#"{"Name":"host1"}"#) }
      func recorded(_ name: String) -> ScriptedEngine.Answer {
        (try? fixture.text(name)).map { .json($0) } ?? .refusal(404, name)
      }
      if target.hasSuffix("/containers/json") { return recorded("list") }
      let id = String(target.split(separator: "/")[3])
      let service = ids[id]?.service ?? ""
      let name = service == "shop_web" ? "web" : service == "everywhere" ? "everywhere" : "plain"
      return recorded("\(name)-\(target.contains("stats") ? "stats" : "inspect")")
    }
    let round = rounds[0]
    #expect(round.error == nil && round.problem == nil)
    let names = ["everywhere.host1", "plain", "shop_web.1", "shop_web.2"]
    for family in ["container_cpu_usage_seconds_total", "container_last_seen", "container_oom_events_total"] {
      #expect(round.names(family).sorted() == names, "\(family)")
    }
    for kind in ContainerFamily.all { #expect(round.page.text.contains("\n\(kind.name){"), "\(kind.name)") }
    #expect(round.names("container_cpu_cfs_periods_total") == ["shop_web.1", "shop_web.2"])
    #expect(!round.names("container_network_receive_bytes_total").contains("plain"))
    for id in ids.keys { #expect(!round.page.text.contains(id)) }
    let labels = #"{name="shop_web.2",stack="shop",service="shop_web",slot="2",node="host1"}"#
    #expect(round.page["container_spec_memory_limit_bytes\(labels)"] == 67_108_864)
    #expect(round.page["container_spec_cpu_quota\(labels)"] == 10_000)
    let (cpu, workingSet, read) = fixture == .v1 ? (0.267162521, 17_379_328.0, 0.0) : (9.584307, 5_820_416, 5_193_728)
    #expect(round.page["container_cpu_usage_seconds_total\(labels)"] == cpu)
    #expect(round.page["container_memory_working_set_bytes\(labels)"] == workingSet)
    #expect(round.page["container_fs_reads_bytes_total\(labels)"] == read)
    #expect(round.page["container_last_seen\(labels)"] == 1000)
    #expect(round.page[#"containers_left_out{reason="error",node="host1"}"#] == 0)
  }

  // MARK: Places

  @Test func `of two containers of a slot the newer is shown, whatever the order of the list`() async throws {
    let old = Listed.task("aa", created: 100, cpu: 50)
    let new = Listed.task("bb", created: 200, cpu: 2)
    for list in [[old, new], [new, old]] {
      let rounds = try await refresh { _, target in Self.answer(target, list) }
      #expect(rounds[0].page["container_cpu_usage_seconds_total\(Self.web)"] == 2)
      #expect(rounds[0].names("container_cpu_usage_seconds_total") == ["web.1"])
      #expect(!rounds[0].requests.contains { $0.contains("/aa/") })
    }
  }

  @Test func `an update is one series whose counters begin anew once`() async throws {
    let old = Listed.task("aa", created: 100, cpu: 50)
    let new = Listed.task("bb", created: 200, cpu: 2)
    let rounds = try await refresh(times: 4) { round, target in
      Self.answer(target, [[old], [old, new], [new, old], [new]][round])
    }
    #expect(rounds.map { $0.page["container_cpu_usage_seconds_total\(Self.web)"] } == [50, 2, 2, 2])
  }

  @Test func `containers without a name or with odd ones are no harm`() async throws {
    let rounds = try await refresh { _, target in
      guard target.hasSuffix("/containers/json") else {
        return Self.answer(target, [Listed(id: "aa", name: ""), Listed(id: "bb", name: "")])
      }
      return .json(
        #"""
        [{"Id":"aa","Names":null,"Labels":null},{"Id":"bb","Names":["/x/alias","/ab\"c\nd"]},
         {"Id":"../../services","Names":["/evil"]},{"Id":"","Names":["/empty"]},{}]
        """#)
    }
    #expect(rounds[0].error == nil && rounds[0].problem == nil)
    #expect(rounds[0].page.text.contains(#"container_last_seen{name="ab\"c\nd",stack="",service="","#))
    #expect(!rounds[0].requests.contains { $0.contains("services") })
    #expect(!rounds[0].page.text.contains("evil"))
  }

  // MARK: Containers that come, go and fail

  @Test(arguments: ["/stats", "/json"])
  func `a container that vanishes while it is asked about is skipped`(_ question: String) async throws {
    for code in [404, 409] {
      let rounds = try await refresh { _, target in
        target.contains("/aa\(question)")
          ? .refusal(code, "No such container")
          : Self.answer(target, [.task("aa"), .task("bb", slot: "2")])
      }
      #expect(rounds[0].error == nil && rounds[0].problem == nil)
      #expect(rounds[0].names("container_last_seen") == ["web.2"])
      #expect(rounds[0].page[#"containers_left_out{reason="error",node="host1"}"#] == 0)
    }
  }

  @Test func `a container that has stopped is skipped`() async throws {
    let stopped = try Fixture.v1.text("stopped-stats")
    let inspected = try Fixture.v1.text("stopped-inspect")
    for (part, text) in [("/stats", stopped), ("/json", inspected)] {
      let rounds = try await refresh { _, target in
        target.contains("/aa\(part)") ? .json(text) : Self.answer(target, [.task("aa"), .task("bb", slot: "2")])
      }
      #expect(rounds[0].names("container_last_seen") == ["web.2"])
    }
  }

  @Test(arguments: [ScriptedEngine.Answer.silence, .refusal(500, "stuck"), .json("nonsense")])
  func `a container that cannot be read is left out, and that is told`(_ answer: ScriptedEngine.Answer) async throws {
    let rounds = try await refresh(times: 2) { round, target in
      round == 0 && target.contains("/aa/stats")
        ? answer : Self.answer(target, [.task("aa"), .task("bb", slot: "2"), .task("cc", slot: "3")])
    }
    #expect(rounds[0].error == nil && rounds[0].problem != nil)
    #expect(rounds[0].names("container_last_seen") == ["web.2", "web.3"])
    #expect(rounds[0].page[#"containers_left_out{reason="error",node="host1"}"#] == 1)
    #expect(rounds[1].problem == nil)
    #expect(rounds[1].page[#"containers_left_out{reason="error",node="host1"}"#] == 0)
  }

  @Test func `where none can be read, the refresh has failed`() async throws {
    let rounds = try await refresh { _, target in
      target.contains("/stats") ? .refusal(500, "stuck") : Self.answer(target, [.task("aa"), .task("bb", slot: "2")])
    }
    #expect(rounds[0].error?.reason == .status(500, "stuck"))
  }

  @Test func `an engine that goes away while it is asked fails the refresh`() async throws {
    let rounds = try await refresh(times: 2) { round, target in
      round == 0 && target.contains("/aa/")
        ? .close : Self.answer(target, [.task("aa"), .task("bb", slot: "2"), .task("cc", slot: "3")])
    }
    guard case .unreachable = rounds[0].error?.reason else {
      Issue.record("\(String(describing: rounds[0].error))")
      return
    }
    #expect(rounds[1].error == nil)
  }

  @Test func `an engine without containers is no failure`() async throws {
    for list in ["[]", "null"] {
      let rounds = try await refresh { _, target in
        target.hasSuffix("/containers/json") ? .json(list) : Self.answer(target, [])
      }
      #expect(rounds[0].error == nil)
      #expect(rounds[0].page[#"containers_left_out{reason="error",node="host1"}"#] == 0)
      #expect(!rounds[0].page.text.contains("container_"))
    }
  }

  @Test(arguments: [403, 500])
  func `a list that is refused fails the refresh`(_ code: Int) async throws {
    let rounds = try await refresh { _, target in
      target.hasSuffix("/containers/json") ? .refusal(code, "no") : Self.answer(target, [])
    }
    #expect(rounds[0].error?.reason == .status(code, "no"))
  }

  // MARK: Bounds

  @Test func `more containers than there may be are counted, and always the same ones are shown`() async throws {
    var options = ContainerCollector.Options()
    options.maximumContainers = 3
    let rounds = try await refresh(times: 2, options: options) { round, target in
      let all = (1...5).map { Listed(id: "a\($0)", name: "c\($0)", created: 10 - $0) }
      return Self.answer(target, round == 0 ? all : all.reversed())
    }
    for round in rounds {
      #expect(round.names("container_last_seen") == ["c1", "c2", "c3"])
      #expect(round.page[#"containers_left_out{reason="limit",node="host1"}"#] == 2)
      #expect(!round.requests.contains { $0.contains("/a4/") })
    }
  }

  @Test func `so many are asked about at a time as there are connections`() async throws {
    var options = ContainerCollector.Options()
    options.connections = 4
    let all = (10..<30).map { Listed(id: "a\($0)", name: "c\($0)") }
    let (peak, connections, requests) = try await onLoop { [options] loop in
      nonisolated(unsafe) var waiting = 0
      nonisolated(unsafe) var peak = 0
      let engine = try ScriptedEngine(on: loop) { target in
        if target.contains("/stats") {
          waiting += 1
          peak = max(peak, waiting)
        } else if target.contains("/containers/a") {
          waiting -= 1
        }
        return Self.answer(target, all)
      }
      defer { engine.close() }
      let collector = ContainerCollector(Host(.unix(path: engine.path)), on: loop, options: options)
      for _ in 0..<3 { _ = try await collector.refresh(before: .now + .seconds(30), at: 0) }
      return (peak, engine.connections, engine.requests)
    }
    #expect(peak == 4)
    // And one that asks for the engine's name, which is kept.
    #expect(connections == 5)
    #expect(requests.count { $0.hasSuffix("/info") } == 1)
    #expect(requests.count { $0.hasSuffix("/stats") } == 60)
    #expect(requests.allSatisfy { $0.hasPrefix("GET ") || $0.hasPrefix("HEAD ") })
  }

  // MARK: The node

  @Test func `an engine that does not tell its name is not shown under another`() async throws {
    let rounds = try await refresh { _, target in
      target.hasSuffix("/info") ? .refusal(403, "Forbidden") : Self.answer(target, [.task("aa")])
    }
    #expect(rounds[0].error?.reason == .status(403, "Forbidden"))
    #expect(rounds[0].page.text == "")
  }

  @Test func `a name that was told is kept, and asked for again after a while`() async throws {
    let names = try await onLoop { loop in
      nonisolated(unsafe) var count = 0
      let engine = try ScriptedEngine(on: loop) { target in
        if target.hasPrefix("HEAD") { return .pong("Api-Version: 1.41") }
        count += 1
        return count == 2 ? .refusal(500, "no") : .json(#"{"Name":"name\#(count)"}"#)
      }
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      let lasting = NodeName(client, on: loop)
      let fleeting = NodeName(client, on: loop, lifetime: .zero)
      var names: [String] = []
      for name in [lasting, lasting] { names.append(try await name.current(before: .distantFuture)) }
      count = 0
      for name in [fleeting, fleeting, fleeting] { names.append(try await name.current(before: .distantFuture)) }
      return names
    }
    // The second answer of the other one is a refusal, which leaves the name as it was.
    #expect(names == ["name1", "name1", "name1", "name1", "name3"])
  }
}
