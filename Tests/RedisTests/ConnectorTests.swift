import EventLoop
import Foundation
import Health
import TestSupport
import Testing

@testable import Redis

/// What is no Redis server.
@Suite(.timeLimit(.minutes(2))) struct ConnectorTests {
  private static func failure(
    _ url: String, on loop: EventLoop, within duration: Duration = .seconds(10)
  ) async throws -> CheckFailure? {
    let check = RedisCheck(Connector(try RedisURL(url), on: loop, resolver: Resolver(on: loop)))
    return await #expect(throws: CheckFailure.self) { try await check.check(before: .now + duration) }
  }

  @Test func `a closed port is refused`() async throws {
    try await onLoop { loop in
      let port = try Peer.closedPort(on: loop)
      for place in ["redis://127.0.0.1:\(port)", "redis://localhost:\(port)", "unix:///nonexistent"] {
        #expect(try await Self.failure(place, on: loop)?.reason == .refused)
      }
    }
  }

  @Test func `a port that says nothing is a timeout at the deadline`() async throws {
    try await onLoop { loop in
      let peer = try Peer(silentOn: loop)
      let start = Instant.now
      let error = try await Self.failure("redis://127.0.0.1:\(peer.port)", on: loop, within: .milliseconds(200))
      #expect(error?.reason == .timeout)
      #expect(Instant.now - start >= .milliseconds(200))
      #expect(Instant.now - start < .seconds(5))
    }
  }

  @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "\0\0\0\0\0\0", "*3\r\n", "+OK\r\n+PONK\r\n"])
  func `a port that speaks another protocol is named so`(answer: String) async throws {
    try await onLoop { loop in
      let peer = try Peer(answering: answer, on: loop)
      let error = try await Self.failure("redis://127.0.0.1:\(peer.port)", on: loop)
      // Half a reply is a connection that broke off.
      #expect(error?.reason == (answer == "*3\r\n" ? .unreachable : .protocol), "\(error?.detail ?? "")")
    }
  }

  @Test func `a port that accepts and closes is unreachable`() async throws {
    try await onLoop { loop in
      let peer = try Peer(answering: "", on: loop)
      let error = try await Self.failure("redis://127.0.0.1:\(peer.port)", on: loop)
      #expect(error?.reason == .unreachable)
    }
  }

  @Test func `an echo of the password is not passed on`() async throws {
    try await onLoop { loop in
      let peer = try Peer(answering: "-ERR unknown command `AUTH`, with args: `u`, `s3cret`\r\n+OK\r\n", on: loop)
      let error = try await Self.failure("redis://u:s3cret@127.0.0.1:\(peer.port)", on: loop)
      #expect(error?.detail == "ERR unknown command `AUTH`, with args: `u`, `***`")
    }
  }

  @Test func `a server that never stops sending is given up at the deadline`() async throws {
    try await onLoop { loop in
      let listener = try Listener(on: SocketAddress(literal: "127.0.0.1", port: 0), loop: loop)
      loop.spawn {
        guard let socket = try? await listener.accept() else { return }
        let burst = Array("*1000000000\r\n".utf8) + Array(repeatElement(Array(":1\r\n".utf8), count: 1000).joined())
        while (try? await socket.sendAll(burst, before: .inSeconds(10))) != nil {}
      }
      let start = Instant.now
      let url = "redis://127.0.0.1:\(listener.address.port)"
      _ = try await Self.failure(url, on: loop, within: .milliseconds(200))
      #expect(Instant.now - start < .seconds(5))
    }
  }

  @Test func `a name that does not resolve is dns`() async throws {
    try await onLoop { loop in
      let error = try await Self.failure("redis://:s3cret@absent.invalid", on: loop)
      #expect(error?.reason == .dns)
    }
  }

  /// In a process of its own, as other tests open descriptors meanwhile.
  @Test func `failed connections leave no descriptor behind`() async {
    await #expect(processExitsWith: .success) {
      try await onLoop { loop in
        let closed = try Peer.closedPort(on: loop)
        let silent = try Peer(silentOn: loop)
        let garbage = try Peer(answering: "HTTP/1.1 400 Bad Request\r\n\r\n", on: loop)
        let resolver = Resolver(on: loop)
        func connect(_ count: Int) async throws {
          for index in 0..<count {
            let port = [closed, silent.port, garbage.port][index % 3]
            let connector = Connector(try RedisURL("redis://127.0.0.1:\(port)"), on: loop, resolver: resolver)
            _ = try? await connector.connect(before: .now + .milliseconds(5))
          }
        }
        try await connect(3)
        // The stand-in closes its side of the last connection.
        await loop.sleep(until: .now + .milliseconds(100))
        let before = descriptors()
        try await connect(200)
        await loop.sleep(until: .now + .milliseconds(100))
        precondition(descriptors() <= before, "\(descriptors()) descriptors, \(before) before")
      }
    }
  }
}

private func descriptors() -> Int {
  (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1
}
