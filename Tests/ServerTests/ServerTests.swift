import EventLoop
import Foundation
import Glibc
import HTTP
import Logging
import Server
import Synchronization
import TestSupport
import Testing

/// The server's time limits, shortened, and what it does with more than one client.
@Suite(.timeLimit(.minutes(1)))
struct ServerTests {
  @Test(arguments: ["G", "GET / HTTP/1.1\r\nHost: x\r\n", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"])
  func `a request that does not come whole in time is answered 408`(start: String) async throws {
    try await serving({ $0.requestTimeout = .milliseconds(100) }) { client in
      let began = Instant.now
      try await client.send(start)
      let answer = try await client.receiveToEnd()
      #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
      #expect(answer.contains("\r\nConnection: close\r\n"))
      #expect(Instant.now - began >= .milliseconds(100))
    }
  }

  @Test func `each request has the whole time for itself`() async throws {
    try await serving({ $0.requestTimeout = .seconds(2) }) { client in
      for _ in 0..<3 {
        try await client.send("GET / HTTP/1.1\r\n")
        await client.pause(.seconds(1))
        try await client.send("Host: x\r\n\r\n")
        #expect(try await client.receive().hasPrefix("HTTP/1.1 200 OK\r\n"))
      }
    }
  }

  @Test(arguments: ["", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
  func `an idle connection is closed without a word`(request: String) async throws {
    try await serving({ $0.idleTimeout = .milliseconds(100) }) { client in
      try await client.send(request)
      if !request.isEmpty { #expect(try await client.receive().hasPrefix("HTTP/1.1 200 OK\r\n")) }
      let began = Instant.now
      #expect(try await client.receiveToEnd() == "")
      // The time counts from the turn of the loop that saw the last request.
      #expect(Instant.now - began >= .milliseconds(50))
    }
  }

  @Test func `a request on an idle connection starts the idle time anew`() async throws {
    try await serving({ $0.idleTimeout = .seconds(2) }) { client in
      for _ in 0..<4 {
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try await client.receive().hasPrefix("HTTP/1.1 200 OK\r\n"))
        await client.pause(.seconds(1))
      }
    }
  }

  @Test func `a client that takes nothing is given up`() async throws {
    try await serving({ $0.writeTimeout = .milliseconds(200) }) { client in
      // More than the kernel's buffers hold; nothing is read.
      let request = String(repeating: "GET /large HTTP/1.1\r\nHost: x\r\n\r\n", count: 400)
      let sent = Result { try client.fill(request) }
      #expect(throws: Never.self) { try sent.get() }
      await client.pause(.milliseconds(100))
      #expect(client.server.statistics.connections == 1)
      let deadline = Instant.now + .seconds(10)
      while client.server.statistics.connections > 0, .now < deadline { await client.pause(.milliseconds(20)) }
      #expect(client.server.statistics.connections == 0)
      #expect(client.server.statistics.inFlight == 0)
    }
  }

  @Test func `large answers to pipelined requests all arrive, in order`() async throws {
    try await serving { client in
      try await client.send(
        String(repeating: "GET /large HTTP/1.1\r\nHost: x\r\n\r\n", count: 5)
          + "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      let received = try await client.receiveToEnd()
      #expect(received.components(separatedBy: "HTTP/1.1 200 OK\r\n").count == 7)
      #expect(received.utf8.count > 5 << 18)
      #expect(received.hasSuffix("\r\n\r\nhello\n"))
    }
  }

  @Test func `closing waits for the request under way and for no idle connection`() async throws {
    try await serving { client in
      let idle = try await client.another()
      try await client.send("GET / HTTP/1.1\r\n")
      await client.pause(.milliseconds(50))
      let closing = Instant.now
      let end = client.beginToClose(within: .seconds(5))
      #expect(try await idle.receiveToEnd() == "")
      try await client.send("Host: x\r\n\r\n")
      let answer = try await client.receiveToEnd()
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("\r\nConnection: close\r\n"))
      client.close()
      #expect(await end.wait(until: .now + .seconds(5)) == .event)
      #expect(Instant.now - closing < .seconds(4))
    }
  }

  @Test func `closing waits no longer than told`() async throws {
    try await serving { client in
      try await client.send("GET / HTTP/1.1\r\n")
      await client.pause(.milliseconds(50))
      let end = client.beginToClose(within: .milliseconds(100))
      #expect(await end.wait(until: .now + .seconds(5)) == .event)
      #expect(try await client.receiveToEnd() == "")
      #expect(client.server.statistics.connections == 0)
    }
  }

  // MARK: Helpers

  /// Runs a server and a client on one loop, and leaves no descriptor behind.
  private func serving(
    _ change: @Sendable @escaping (inout ServerOptions) -> Void = { _ in },
    _ body: @Sendable @escaping (Client) async throws -> Void
  ) async throws {
    try await onLoop { loop in
      var options = ServerOptions()
      change(&options)
      let large = Response(.ok, contentType: "text/plain", body: [UInt8](repeating: 0x78, count: 1 << 18))
      let routes = [
        Route("/", [.exactly("/")]) { _ in .text(.ok, "hello") }, Route("/large", [.exactly("/large")]) { _ in large },
      ]
      let server = Server(
        routes: routes, options: options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, on: loop)
      let address = try server.listen(on: SocketAddress(literal: "127.0.0.1", port: 0))
      let client = try await Client(server, at: address)
      try await body(client)
      client.close()
      await server.close(before: loop.now)
    }
  }
}

/// A client on the server's own loop.
private struct Client: Sendable {
  let server: Server
  private let address: SocketAddress
  private let socket: Socket
  private var deadline: Instant { .now + .seconds(20) }

  init(_ server: Server, at address: SocketAddress) async throws {
    self.server = server
    self.address = address
    socket = try await Socket.connect(to: address, on: server.loop, before: .now + .seconds(5))
  }

  func another() async throws -> Client { try await Client(server, at: address) }

  func send(_ text: String) async throws { try await socket.sendAll(Array(text.utf8), before: deadline) }

  /// Sends what the kernel takes.
  func fill(_ text: String) throws {
    var bytes = Array(text.utf8)
    _ = try bytes.withUnsafeMutableBytes { try socket.send(UnsafeRawBufferPointer($0)) }
  }

  /// What comes next.
  func receive() async throws -> String {
    var bytes: [UInt8] = []
    _ = try await socket.receive(appendingTo: &bytes, limit: 4096, before: deadline)
    return String(decoding: bytes, as: UTF8.self)
  }

  func receiveToEnd() async throws -> String {
    var bytes: [UInt8] = []
    while try await socket.receive(appendingTo: &bytes, limit: 1 << 16, before: deadline) {}
    return String(decoding: bytes, as: UTF8.self)
  }

  func pause(_ duration: Duration) async { await server.loop.sleep(until: .now + duration) }

  /// Closes the server; the waiter wakes when it is done.
  func beginToClose(within limit: Duration) -> Waiter {
    let done = Waiter(on: server.loop)
    server.loop.spawn {
      await server.close(before: .now + limit)
      done.wake()
    }
    return done
  }

  func close() { socket.close() }
}
