import Engine
import EventLoop
import TestSupport
import Testing

/// Commands in containers, against an engine that says what a test wants; real ones are in IntegrationTests.
struct ExecTests {
  /// A frame of output; `text` is shorter than 128 bytes, so that all of it is ASCII.
  private static func frame(_ source: UInt8, _ text: String) -> String {
    String(decoding: [source, 0, 0, 0, 0, 0, 0, UInt8(text.utf8.count)], as: UTF8.self) + text
  }

  private static let upgraded = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
  private static let plain = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"

  /// Runs a command against an engine that answers its start with `stream`.
  private func run(
    _ stream: ScriptedEngine.Answer, states: [String] = [#"{"Running":false,"ExitCode":0}"#],
    before deadline: Double = 20, command: Exec.Command = .init(["true"])
  ) async throws -> Exec.Outcome {
    try await onLoop { loop in
      var states = states
      let engine = try ScriptedEngine(on: loop) { target in
        if target.hasSuffix("/_ping") { return .pong("Api-Version: 1.41") }
        if target.hasSuffix("/containers/c1/exec") { return .status(201, #"{"Id":"e1"}"#) }
        if target.hasSuffix("/exec/e1/start") { return stream }
        if target.hasSuffix("/exec/e1/json") { return .json(states.count > 1 ? states.removeFirst() : states[0]) }
        return .status(404, "")
      }
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      return try await Control(client).run(command, in: "c1", before: .inSeconds(deadline))
    }
  }

  @Test(arguments: [upgraded, plain])
  func `outputs are told apart, and the exit code is told`(head: String) async throws {
    let stream = head + Self.frame(1, "one\n") + Self.frame(2, "oh\n") + Self.frame(1, "two\n")
    let outcome = try await run(
      .rawThenClose(stream),
      states: [#"{"Running":true,"ExitCode":null}"#, #"{"Running":false,"ExitCode":3}"#])
    #expect(outcome.exitCode == 3 && outcome.text == "one\ntwo\n" && outcome.errorText == "oh\n")
  }

  @Test(arguments: [404, 409, 500])
  func `a refusal is told with the engine's message`(code: Int) async throws {
    let error = await #expect(throws: EngineError.self) { try await run(.refusal(code, "not now")) }
    #expect(error?.reason == .status(code, "not now"))
  }

  @Test func `output that is cut off within a frame is no end`() async throws {
    let error = await #expect(throws: EngineError.self) {
      try await run(.rawThenClose(Self.upgraded + Self.frame(1, "one").dropLast()))
    }
    #expect(error?.reason == .unreachable("the output was cut off"))
  }

  @Test func `what is not in frames is refused`() async throws {
    let error = await #expect(throws: EngineError.self) {
      try await run(.rawThenClose(Self.upgraded + "a terminal's output"))
    }
    #expect(error?.reason == .malformed("the output is not in frames"))
  }

  @Test func `a proxy that answers with a body is no stream`() async throws {
    let error = await #expect(throws: EngineError.self) { try await run(.json("{}")) }
    #expect(error?.reason == .malformed("a proxy in between passes no streams"))
  }

  @Test func `an engine that does not start it is given up at the deadline`() async throws {
    let error = await #expect(throws: EngineError.self) { try await run(.silence, before: 0.2) }
    #expect(error?.reason == .timedOut)
  }

  @Test func `a command that says nothing leaves its owner time to look around, and goes on`() async throws {
    try await onLoop { loop in
      let engine = try ScriptedEngine(on: loop) { target in
        if target.hasSuffix("/_ping") { return .pong("Api-Version: 1.41") }
        if target.hasSuffix("/containers/c1/exec") { return .status(201, #"{"Id":"e1"}"#) }
        return .rawThenSilence(Self.upgraded + Self.frame(1, "one\n"))
      }
      defer { engine.close() }
      let client = Client(Host(.unix(path: engine.path)), on: loop, resolver: Resolver(on: loop))
      let exec = try await Exec(
        .init(["true"]), in: "c1", Control(client), before: .inSeconds(1), pulse: .milliseconds(20))
      #expect(try await exec.next() == .output(.stdout, Array("one\n".utf8)))
      for _ in 1...3 { #expect(try await exec.next() == .idle) }
      let error = await #expect(throws: EngineError.self) { while try await exec.next() == .idle {} }
      #expect(error?.reason == .timedOut)
    }
  }
}
