import Foundation
import Glibc
import Testing

/// How the service ends: told to, told again, and under load.
@Suite(.timeLimit(.minutes(2)))
struct DrainTests {
  @Test(arguments: [SIGTERM, SIGINT])
  func `told to end under load, it cuts off no answer`(signal: Int32) async throws {
    try await onThread {
      let service = try VitalsProcess(serve: ["--drain", "2s"])
      defer { service.kill() }
      let load = Load(service.address, clients: 8)
      try eventually("load") { load.counts.answered > 500 }
      #expect(load.counts.closing == 0)

      let told = ContinuousClock.now
      service.signal(signal)
      try eventually("not ready") { try service.get("/readyz").status == 503 }
      let noticed = ContinuousClock.now - told
      #expect(noticed < .milliseconds(500))

      // It goes on answering: that it is leaving, and that it is alive.
      while ContinuousClock.now - told < .milliseconds(1500) {
        let (ready, health, live) = (
          try service.get("/readyz"), try service.get("/health/"), try service.get("/livez")
        )
        #expect(ready.status == 503 && ready["retry-after"] != nil && ready.text.contains("draining"))
        #expect(health.status == 503 && health.text.contains("draining"))
        #expect(live.status == 200 && live["connection"] == "close")
        #expect(try service.get("/health/container").status == 200)
        #expect(try service.get("/metrics").status == 200)
        Thread.sleep(forTimeInterval: 0.05)
      }
      #expect(service.exit == nil)
      #expect(service.wait(within: .seconds(5)) == .code(0))
      let elapsed = ContinuousClock.now - told
      #expect(elapsed > .milliseconds(1950) && elapsed < .milliseconds(3500), "\(elapsed)")
      let counts = load.stop()
      print("drained in \(elapsed): \(counts)")
      #expect(counts.cutOff == 0)
      #expect(counts.closing > 0)
      #expect(service.errorOutput.contains("draining") && service.errorOutput.contains("stopped"))
    }
  }

  @Test func `every answer of a drain is the last one of its connection, and all of it arrives`() throws {
    let service = try VitalsProcess(serve: ["--drain", "5s"])
    defer { service.kill() }
    let half = try service.connect()
    try half.send("GET /livez HTTP/1.1\r\n")
    let pipelining = try service.connect()
    try pipelining.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(try pipelining.readResponse()["connection"] == nil)
    service.signal(SIGTERM)
    try service.waitForLine(containing: "draining")

    try half.send("Host: x\r\n\r\n")
    let answer = try half.readResponse()
    #expect(answer.status == 200 && answer["connection"] == "close")
    #expect(half.isClosedByPeer())

    // A client that does not know of the drain yet goes on sending; a reset could destroy the answer on its way.
    try pipelining.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(try pipelining.readResponse()["connection"] == "close")
    for _ in 0..<5 {
      try pipelining.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
      Thread.sleep(forTimeInterval: 0.02)
    }
    #expect(try pipelining.readToEnd().isEmpty)
  }

  @Test(arguments: [(SIGTERM, SIGTERM), (SIGTERM, SIGINT), (SIGINT, SIGINT)])
  func `a second signal ends it at once`(first: Int32, second: Int32) throws {
    let service = try VitalsProcess(serve: ["--drain", "60s"])
    defer { service.kill() }
    service.signal(first)
    try service.waitForLine(containing: "draining")
    #expect(try service.get("/readyz").status == 503)
    service.signal(second)
    #expect(service.wait(within: .seconds(2)) == .code(128 + second))
  }

  @Test func `SIGHUP ends nothing, neither before nor during a drain`() throws {
    let service = try VitalsProcess(serve: ["--drain", "500ms"])
    defer { service.kill() }
    for _ in 0..<3 { service.signal(SIGHUP) }
    try service.waitForLine(containing: "SIGHUP")
    #expect(try service.get("/readyz").status == 200)
    let began = ContinuousClock.now
    service.signal(SIGTERM)
    try service.waitForLine(containing: "draining")
    service.signal(SIGHUP)
    #expect(service.wait(within: .seconds(5)) == .code(0))
    #expect(ContinuousClock.now - began > .milliseconds(450))
  }

  @Test func `a client that went away, and SIGPIPE with it, ends nothing`() throws {
    let service = try VitalsProcess(serve: [])
    defer { service.kill() }
    service.signal(SIGPIPE)
    let socket = try service.connect()
    try socket.send(String(repeating: "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", count: 500))
    socket.reset()
    #expect(try service.get("/readyz").status == 200)
  }

  @Test func `without a drain it ends at once, but for requests under way`() throws {
    let service = try VitalsProcess(serve: ["--drain", "0s"])
    defer { service.kill() }
    let (idle, half) = (try service.connect(), try service.connect())
    try half.send("GET /livez HTTP/1.1\r\n")
    try idle.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(try idle.readResponse().status == 200)
    service.signal(SIGTERM)
    #expect(idle.isClosedByPeer(within: .seconds(1)))
    #expect(throws: TestbedError.self) { try service.connect() }
    try half.send("Host: x\r\n\r\n")
    let answer = try half.readResponse()
    #expect(answer.status == 200 && answer["connection"] == "close")
    #expect(service.wait(within: .seconds(2)) == .code(0))
  }

  @Test func `a request that never comes whole does not hold it up for ever`() throws {
    let service = try VitalsProcess(serve: ["--drain", "0s"])
    defer { service.kill() }
    let half = try service.connect()
    try half.send("GET /livez HTTP/1.1\r\n")
    #expect(try service.get("/livez").status == 200)
    let began = ContinuousClock.now
    service.signal(SIGTERM)
    #expect(service.wait(within: .seconds(5)) == .code(0))
    #expect(ContinuousClock.now - began < .milliseconds(3500))
    #expect(half.isClosedByPeer())
  }
}

/// Clients that ask one request after the other and reconnect whenever an answer says so.
private final class Load: Sendable {
  struct Counts: Sendable {
    var answered = 0
    /// Answers that said `Connection: close`.
    var closing = 0
    /// Answers of which only a part arrived.
    var cutOff = 0
    /// Requests that were sent on a connection which then closed without any answer.
    var unanswered = 0
  }

  private struct State {
    var counts = Counts()
    var isStopped = false
    var running = 0
  }

  private let state: Monitor<State>

  init(_ address: RawSocket.Address, clients: Int) {
    state = Monitor(State(running: clients))
    for _ in 0..<clients {
      Thread.detachNewThread { [self] in
        // Until the service takes no connection any more.
        while !state.withLock({ $0.isStopped }), let socket = try? RawSocket(address) { ask(over: socket) }
        state.withLock { $0.running -= 1 }
      }
    }
  }

  var counts: Counts { state.withLock { $0.counts } }

  /// Ends the clients.
  func stop() -> Counts {
    state.withLock { $0.isStopped = true }
    _ = state.wait(within: .seconds(10)) { $0.running == 0 ? true : nil }
    return counts
  }

  private func ask(over socket: RawSocket) {
    while !state.withLock({ $0.isStopped }) {
      do {
        try socket.send("GET /health/ HTTP/1.1\r\nHost: x\r\n\r\n")
        let isLast = try socket.readResponse()["connection"] == "close"
        state.withLock {
          $0.counts.answered += 1
          if isLast { $0.counts.closing += 1 }
        }
        if isLast { return }
      } catch {
        let isPartial = !socket.buffered.isEmpty
        state.withLock {
          if isPartial { $0.counts.cutOff += 1 } else { $0.counts.unanswered += 1 }
        }
        return
      }
    }
  }
}
