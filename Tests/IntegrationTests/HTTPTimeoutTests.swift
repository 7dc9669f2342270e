import Foundation
import Testing

/// Clients that take their time. Each test waits for the real limits, on a thread of its own.
@Suite(.timeLimit(.minutes(2)))
struct HTTPTimeoutTests {
  @Test func `a request that dribbles is answered 408 after 5 seconds`() async throws {
    let starts = [
      "GET /livez HTTP/1.1\r\nHost: x\r\nA: ",
      "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 8192\r\n\r\n",
      "GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n",
      "G",
    ]
    try await withThrowingTaskGroup { group in
      for start in starts { group.addTask { try await onThread { try Self.dribble(after: start) } } }
      try await group.waitForAll()
    }
  }

  private static func dribble(after start: String) throws {
    let socket = try SharedServices.service(isHealthy: true).connect()
    let began = ContinuousClock.now
    try socket.send(start)
    // A byte now and then must gain nothing.
    while ContinuousClock.now - began < .milliseconds(4700) {
      Thread.sleep(forTimeInterval: 0.2)
      try socket.send("x")
    }
    let answer = try socket.readResponse()
    let elapsed = ContinuousClock.now - began
    #expect(answer.status == 408, "\(start)")
    #expect(answer["connection"] == "close")
    #expect(elapsed > .milliseconds(4900) && elapsed < .seconds(8), "\(start): \(elapsed)")
    #expect(socket.isClosedByPeer())
  }

  @Test func `the time for a request starts with its first byte, on each request anew`() async throws {
    try await onThread {
      let socket = try SharedServices.service(isHealthy: true).connect()
      // 7.5 s in all: more than one request may take.
      for _ in 0..<3 {
        try socket.send("GET /livez HTTP/1.1\r\n")
        Thread.sleep(forTimeInterval: 2.5)
        try socket.send("Host: x\r\n\r\n")
        #expect(try socket.readResponse().status == 200)
      }
    }
  }

  @Test func `an idle connection is closed without a word after 30 seconds`() async throws {
    try await withThrowingTaskGroup { group in
      for request in ["", "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"] {
        group.addTask { try await onThread { try Self.idle(after: request) } }
      }
      try await group.waitForAll()
    }
  }

  private static func idle(after request: String) throws {
    let socket = try SharedServices.service(isHealthy: true).connect()
    try socket.send(request)
    if !request.isEmpty { #expect(try socket.readResponse().status == 200) }
    let began = ContinuousClock.now
    #expect(try socket.readToEnd(within: .seconds(40)).isEmpty)
    let elapsed = ContinuousClock.now - began
    #expect(elapsed > .seconds(29) && elapsed < .seconds(36), "\(request): \(elapsed)")
  }

  @Test func `a refusal can be read although the client goes on sending`() throws {
    let socket = try SharedServices.service(isHealthy: true).connect()
    try socket.send("BREW /pot HTTP/1.1\r\n")
    #expect(try socket.readResponse().status == 501)
    // The server has ended its side, and still takes what comes: a reset would make a second write fail.
    for _ in 0..<10 {
      try socket.send(String(repeating: "x", count: 8192))
      Thread.sleep(forTimeInterval: 0.02)
    }
    #expect(try socket.readToEnd().isEmpty)
  }

  @Test func `a client that never ends is not listened to for ever`() throws {
    let socket = try SharedServices.service(isHealthy: true).connect()
    try socket.send("BREW /pot HTTP/1.1\r\n")
    #expect(try socket.readResponse().status == 501)
    let began = ContinuousClock.now
    let megabyte = [UInt8](repeating: 0x78, count: 1 << 20)
    #expect(throws: TestbedError.self) {
      while ContinuousClock.now - began < .seconds(10) { try socket.send(megabyte) }
    }
    #expect(ContinuousClock.now - began < .seconds(5))
  }
}
