import Engine
import EventLoop
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClientTests {
  /// What a client got, and what the engine saw.
  private struct Outcome: Sendable {
    var body: String?
    var error: EngineError?
    var requests: [String]
    var connections: Int
  }

  /// Sends one `GET /things` for each name in `paths` to an engine that answers as `answer` says.
  private func get(
    _ paths: [String] = ["/things"], options: Client.Options = Client.Options(),
    _ answer: @escaping @Sendable (String) -> ScriptedEngine.Answer
  ) async throws -> Outcome {
    try await onLoop { loop in
      let engine = try ScriptedEngine(on: loop, answer)
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop), options: options)
      var outcome = Outcome(requests: [], connections: 0)
      for path in paths {
        do throws(EngineError) {
          outcome.body = String(decoding: try await client.get(path), as: UTF8.self)
        } catch {
          outcome.error = error
        }
      }
      outcome.requests = engine.requests
      outcome.connections = engine.connections
      return outcome
    }
  }

  @Test(arguments: [("1.41", "1.41"), ("1.56", "1.47"), ("1.47", "1.47")])
  func `the version is the older of the engine's and ours`(_ engine: String, _ used: String) async throws {
    let outcome = try await get { $0.hasPrefix("HEAD /_ping") ? .pong("Api-Version: \(engine)") : .json("[]") }
    #expect(outcome.requests == ["HEAD /_ping", "GET /v\(used)/things"])
    #expect(outcome.body == "[]")
  }

  @Test func `an engine that has dropped our version gets the one that it asks for`() async throws {
    var options = Client.Options()
    options.newestVersion = APIVersion(major: 1, minor: 41)
    let outcome = try await get(["/things", "/things"], options: options) { target in
      if target.hasPrefix("HEAD") { return .pong("Api-Version: 1.52") }
      if target.hasPrefix("GET /v1.44/") { return .json("{}") }
      return .refusal(
        400,
        "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version"
      )
    }
    #expect(outcome.error == nil)
    #expect(outcome.requests == ["HEAD /_ping", "GET /v1.41/things", "GET /v1.44/things", "GET /v1.44/things"])
    #expect(outcome.connections == 1)
  }

  @Test func `an engine that does not tell its version gets the one that it asks for`() async throws {
    let outcome = try await get { target in
      if target.hasPrefix("HEAD") { return .pong() }
      if target.hasPrefix("GET /v1.30/") { return .json("{}") }
      return .refusal(400, "client version 1.47 is too new. Maximum supported API version is 1.30")
    }
    #expect(outcome.requests == ["HEAD /_ping", "GET /v1.47/things", "GET /v1.30/things"])
    #expect(outcome.body == "{}")
  }

  @Test func `an engine that refuses every version is not asked for ever`() async throws {
    let outcome = try await get { target in
      target.hasPrefix("HEAD")
        ? .pong() : .refusal(400, "client version 1.1 is too old. Minimum supported API version is 1.60")
    }
    #expect(outcome.requests.count == 3)
    #expect(
      outcome.error?.reason == .status(400, "client version 1.1 is too old. Minimum supported API version is 1.60"))
  }

  @Test func `one connection serves all requests`() async throws {
    let outcome = try await get(["/a", "/b", "/c"]) { $0.hasPrefix("HEAD") ? .pong("Api-Version: 1.41") : .json("{}") }
    #expect(outcome.connections == 1)
    #expect(outcome.requests == ["HEAD /_ping", "GET /v1.41/a", "GET /v1.41/b", "GET /v1.41/c"])
  }

  @Test func `a kept connection that was closed is made again, and the version is negotiated again`() async throws {
    nonisolated(unsafe) var pings = 0
    let outcome = try await get(["/a", "/b"]) { target in
      if target.hasPrefix("HEAD") {
        pings += 1
        return .pong("Api-Version: 1.4\(pings)")
      }
      return target == "GET /v1.41/b" ? .close : .json("{}")
    }
    #expect(outcome.error == nil)
    #expect(
      outcome.requests == ["HEAD /_ping", "GET /v1.41/a", "GET /v1.41/b", "HEAD /_ping", "GET /v1.42/b"])
  }

  @Test func `a request is tried twice at most`() async throws {
    let outcome = try await get(["/a", "/b"]) { target in
      if target.hasPrefix("HEAD") { return .pong("Api-Version: 1.41") }
      return target.hasSuffix("/b") ? .close : .json("{}")
    }
    #expect(outcome.error?.reason == .unreachable("the connection was closed"))
    #expect(outcome.requests.filter { $0.hasSuffix("/b") }.count == 2)
  }

  @Test func `an answer that began is not asked for again`() async throws {
    let outcome = try await get(["/a", "/b"]) { target in
      if target.hasPrefix("HEAD") { return .pong("Api-Version: 1.41") }
      return target.hasSuffix("/b") ? .rawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[") : .json("{}")
    }
    #expect(outcome.error?.reason == .malformed("closed in the middle of a response"))
    #expect(outcome.requests.filter { $0.hasSuffix("/b") }.count == 1)
  }

  @Test(arguments: [
    (#"{"message":"This node is not a swarm manager."}"#, "This node is not a swarm manager."),
    ("<html>\nproxy", "<html>"), ("", "without a message"), ("Forbidden\n", "Forbidden"),
  ])
  func `a refusal is told with its message`(_ body: String, _ message: String) async throws {
    let outcome = try await get { $0.hasPrefix("HEAD") ? .pong("Api-Version: 1.41") : .status(503, body) }
    #expect(outcome.error?.reason == .status(503, message))
    #expect(outcome.error?.operation == "GET /v1.41/things")
  }

  @Test func `a connection is used again after a refusal`() async throws {
    let outcome = try await get(["/a", "/b"]) { target in
      target.hasPrefix("HEAD")
        ? .pong("Api-Version: 1.41") : target.hasSuffix("/a") ? .refusal(503, "no") : .json("{}")
    }
    #expect(outcome.connections == 1)
    #expect(outcome.body == "{}")
  }

  @Test(arguments: ["HEAD", "GET"])
  func `an engine that says nothing is given up in time`(_ silent: String) async throws {
    var options = Client.Options()
    options.timeout = .milliseconds(100)
    let outcome = try await get(options: options) { target in
      target.hasPrefix(silent) ? .silence : .pong("Api-Version: 1.41")
    }
    #expect(outcome.error?.reason == .timedOut)
  }

  @Test(arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 two hundred\r\n\r\n", "\r\n\r\n\0\0\0\0"])
  func `what is no HTTP is told`(_ bytes: String) async throws {
    let outcome = try await get { _ in .rawThenClose(bytes) }
    guard case .malformed = outcome.error?.reason else {
      Issue.record("\(String(describing: outcome.error))")
      return
    }
  }

  @Test func `a body larger than allowed is refused`() async throws {
    var options = Client.Options()
    options.maximumBody = 100
    let outcome = try await get(["/large", "/small"], options: options) { target in
      target.hasPrefix("HEAD")
        ? .pong("Api-Version: 1.41")
        : .json(String(repeating: "x", count: target.hasSuffix("/large") ? 101 : 100))
    }
    #expect(outcome.error?.reason == .malformed("the answer is too large"))
    #expect(outcome.body?.count == 100)
    #expect(outcome.connections == 2)
  }

  @Test func `a socket that is not there is told`() async throws {
    let error = try await onLoop { loop in
      let client = Client(Host(.unix(path: "/nowhere/docker.sock")), on: loop, resolver: Resolver(on: loop))
      return await #expect(throws: EngineError.self) { try await client.get("/info") }
    }
    #expect(error?.description == "unix:///nowhere/docker.sock: connect: No such file or directory")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
  func `a socket that may not be used is told with its group`() async throws {
    let error = try await onLoop { loop in
      let engine = try ScriptedEngine(on: loop) { _ in .close }
      defer { engine.close() }
      chown(engine.path, 0, 4321)
      chmod(engine.path, 0o660)
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      try Self.becomeForFiles(65534)
      defer { try? Self.becomeForFiles(0) }
      return await #expect(throws: EngineError.self) { try await client.get("/info") }
    }
    #expect(error?.reason == .permissionDenied(group: 4321))
    #expect("\(try #require(error))".contains("group 4321"))
  }

  /// Sets the user as whom this thread, and no other, opens files and sockets: setfsuid(2), which Glibc's module leaves out.
  private static func becomeForFiles(_ user: UInt32) throws {
    let symbol = try #require(dlsym(nil, "setfsuid"))
    _ = unsafeBitCast(symbol, to: (@convention(c) (UInt32) -> Int32).self)(user)
  }

  @Test func `an engine behind a proxy that refuses the ping is asked all the same`() async throws {
    let outcome = try await get { $0.hasPrefix("HEAD") ? .status(403, "") : .json("{}") }
    #expect(outcome.requests == ["HEAD /_ping", "GET /v1.47/things"])
    #expect(outcome.body == "{}")
  }

  @Test func `a proxy without its engine is an error`() async throws {
    let outcome = try await get { _ in .status(503, "") }
    #expect(outcome.error?.reason == .status(503, "no answer to a ping"))
    #expect(outcome.requests == ["HEAD /_ping"])
  }

  @Test func `a proxy may take one request a connection`() async throws {
    let outcome = try await get(["/a", "/b"]) { target in
      .rawThenClose(
        target.hasPrefix("HEAD")
          ? "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nConnection: close\r\n\r\n"
          : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    }
    #expect(outcome.error == nil)
    #expect(outcome.body == "{}")
    #expect(outcome.requests == ["HEAD /_ping", "GET /v1.41/a", "HEAD /_ping", "GET /v1.41/b"])
    #expect(outcome.connections == 4)
  }

  @Test func `a query is encoded`() async throws {
    let target = try await onLoop { loop in
      let engine = try ScriptedEngine(on: loop) { $0.hasPrefix("HEAD") ? .pong("Api-Version: 1.41") : .json("{}") }
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      _ = try await client.get("/tasks", query: ["filters": #"{"a b":["c&d=é"]}"#, "x": "1"])
      return engine.targets.last
    }
    #expect(target == #"GET /v1.41/tasks?filters={"a b":["c&d=é"]}&x=1"#)
  }

  @Test func `the elements of a list are handed over one by one, and others have their turn meanwhile`() async throws {
    struct Thing: Decodable, Equatable { var ID: Int }
    let (ids, turns, stayed) = try await onLoop { loop in
      let list = "[" + (0..<20_000).map { "{\"ID\":\($0),\"Note\":\"[\\\"}\"}" }.joined(separator: ",") + "]"
      let engine = try ScriptedEngine(on: loop) {
        $0.hasPrefix("HEAD")
          ? .pong("Api-Version: 1.41") : .chunks([String(list.prefix(1000)), String(list.dropFirst(1000))])
      }
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      nonisolated(unsafe) var turns = 0
      nonisolated(unsafe) var isDone = false
      loop.spawn {
        while !isDone {
          turns += 1
          await Task.yield()
        }
      }
      var ids: [Int] = []
      try await client.forEach(Thing.self, at: "/things", before: .now + .seconds(30)) { ids.append($0.ID) }
      isDone = true
      return (ids, turns, loop.isCurrent)
    }
    #expect(ids == Array(0..<20_000))
    // The list is about 500 kB and a piece at most 32.
    #expect(turns > 5)
    #expect(stayed, "the client left the loop's thread")
  }

  @Test(arguments: [
    ("[{\"ID\":1},{\"ID\":\"one\"}]", "unexpected JSON"), ("{\"message\":\"?\"}", "unexpected JSON"),
    ("[{\"ID\":1}", "unexpected JSON: truncated"), ("not json", "unexpected JSON"), ("[{]}]", "unexpected JSON"),
  ])
  func `a list that is none is told`(_ body: String, _ text: String) async throws {
    struct Thing: Decodable { var ID: Int }
    let error = try await onLoop { loop in
      let engine = try ScriptedEngine(on: loop) { $0.hasPrefix("HEAD") ? .pong("Api-Version: 1.41") : .json(body) }
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      return await #expect(throws: EngineError.self) {
        try await client.forEach(Thing.self, at: "/things", before: .now + .seconds(10)) { _ in }
      }
    }
    guard case .malformed(let told) = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(told.hasPrefix(text))
  }
}
