import Engine
import EventLoop
import TestSupport
import Testing

@testable import Containers

@Suite(.timeLimit(.minutes(1))) struct OutOfMemoryWatchTests {
  /// An event as an engine writes it, at so many nanoseconds.
  private static func event(_ action: String, slot: String = "1", at time: Int) -> String {
    let labels = [
      "com.docker.swarm.service.name": "web", "com.docker.swarm.node.id": "n", "com.docker.swarm.task.id": "t",
      "com.docker.swarm.task.name": "web.\(slot).t", "image": "web:1", "name": "web.\(slot).t",
    ]
    let attributes = labels.map { #""\#($0)":"\#($1)""# }.joined(separator: ",")
    return #"{"Type":"container","Action":"\#(action)","Actor":{"ID":"aa","Attributes":{\#(attributes)}},"#
      + #""scope":"local","time":1,"timeNano":\#(time)}"# + "\n"
  }

  /// Listens to an engine until it has been asked so many times.
  private func listen(
    asked times: Int, _ answer: @escaping @Sendable (_ number: Int) -> ScriptedEngine.Answer
  ) async throws -> (counts: OutOfMemoryLedger?, targets: [String]) {
    try await onLoop { loop in
      nonisolated(unsafe) var count = 0
      let enough = Waiter(on: loop)
      let engine = try ScriptedEngine(on: loop) { target in
        if target.hasPrefix("HEAD") { return .pong("Api-Version: 1.41") }
        count += 1
        if count == times { enough.wake() }
        return answer(count)
      }
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      let watch = OutOfMemoryWatch(client, on: loop, pause: .milliseconds(1))
      loop.spawn { await watch.run(from: 5) }
      _ = await enough.wait(until: .inSeconds(30))
      watch.stop()
      return (watch.counts, engine.targets.filter { $0.hasPrefix("GET") })
    }
  }

  @Test func `events are counted by place, each once, wherever the stream is cut`() async throws {
    let text =
      Self.event("oom", at: 6_000_000_010) + Self.event("oom", slot: "2", at: 6_000_000_020)
      + Self.event("oom", at: 6_000_000_030)
    let pieces = stride(from: 0, to: text.count, by: 50).map { String(Array(text)[$0..<min($0 + 50, text.count)]) }
    // The second stream begins with what the first one ended with.
    let (counts, targets) = try await listen(asked: 3) { number in
      number == 1 ? .chunks(pieces) : number == 2 ? .chunks([Self.event("oom", at: 6_000_000_030)]) : .silence
    }
    #expect(counts?[.task("web", "1")] == 2)
    #expect(counts?[.task("web", "2")] == 1)
    let filters = #"&filters={"type":["container"],"event":["oom"]}"#
    #expect(targets[0] == "GET /v1.41/events?since=5.000000001\(filters)")
  }

  @Test func `what happened while nobody listened is asked for`() async throws {
    let (counts, targets) = try await listen(asked: 3) { number in
      switch number {
      case 1: .chunks([Self.event("oom", at: 7_000_000_009)])
      case 2: .chunks([Self.event("oom", at: 8_500_000_000)])
      default: .silence
      }
    }
    #expect(counts?[.task("web", "1")] == 2)
    #expect(targets[1].contains("since=7.000000010&"))
    #expect(targets[2].contains("since=8.500000001&"))
  }

  @Test func `other events and what is none are left out`() async throws {
    let (counts, _) = try await listen(asked: 2) { number in
      number == 1
        ? .chunks([Self.event("die", at: 6_000_000_000), "nonsense\n\n{}\n", Self.event("oom", at: 7_000_000_000)])
        : .silence
    }
    #expect(counts?[.task("web", "1")] == 1)
  }

  @Test func `where nobody may listen, nothing is known`() async throws {
    let (counts, _) = try await listen(asked: 3) { _ in .status(403, "Forbidden") }
    #expect(counts == nil)
  }

  @Test func `an engine that has gone is asked until it is back`() async throws {
    let (counts, _) = try await listen(asked: 4) { number in
      number < 3 ? .close : number == 3 ? .chunks([Self.event("oom", at: 7_000_000_000)]) : .silence
    }
    #expect(counts?[.task("web", "1")] == 1)
  }
}
