import EventLoop
import Foundation
import Health
import TestSupport
import Testing

@testable import Postgres

/// What is no PostgreSQL server, and lists of several hosts.
@Suite(.timeLimit(.minutes(2))) struct ConnectorTests {
  private static func failure(
    _ text: String, on loop: EventLoop, within duration: Duration = .seconds(10)
  ) async throws -> PostgresError? {
    let connector = try Connector(ConnectionString(text), on: loop, resolver: Resolver(on: loop))
    return await #expect(throws: PostgresError.self) { try await connector.connect(before: .now + duration) }
  }

  @Test func `a closed port is refused`() async throws {
    try await onLoop { loop in
      let port = try Peer.closedPort(on: loop)
      #expect(try await Self.failure("host=127.0.0.1 port=\(port) user=u", on: loop)?.reason == .refused)
      #expect(try await Self.failure("host=localhost port=\(port) user=u", on: loop)?.reason == .refused)
      #expect(try await Self.failure("host=/nonexistent user=u", on: loop)?.reason == .refused)
    }
  }

  @Test func `a port that says nothing is a timeout at the deadline`() async throws {
    try await onLoop { loop in
      let peer = try Peer(silentOn: loop)
      let start = Instant.now
      let error = try await Self.failure(
        "host=127.0.0.1 port=\(peer.port) user=u", on: loop, within: .milliseconds(200))
      #expect(error == PostgresError(.timeout, "connected, but no answer to the login from 127.0.0.1:\(peer.port)"))
      #expect(Instant.now - start >= .milliseconds(200))
      #expect(Instant.now - start < .seconds(5))
    }
  }

  @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "-ERR wrong number of arguments\r\n", "\0\0\0\0\0\0\0\0\0"])
  func `a port that speaks another protocol is named so`(answer: String) async throws {
    try await onLoop { loop in
      let peer = try Peer(answering: answer, on: loop)
      for mode in ["disable", "prefer"] {
        let error = try await Self.failure("host=127.0.0.1 port=\(peer.port) user=u sslmode=\(mode)", on: loop)
        #expect(error?.reason == .protocol, "\(error?.detail ?? "")")
      }
    }
  }

  @Test func `a port that accepts and closes is unreachable`() async throws {
    try await onLoop { loop in
      let peer = try Peer(answering: "", on: loop)
      let error = try await Self.failure("host=127.0.0.1 port=\(peer.port) user=u", on: loop)
      #expect(error?.reason == .unreachable, "\(error?.detail ?? "")")
    }
  }

  @Test func `a server that never stops sending is given up at the deadline`() async throws {
    try await onLoop { loop in
      let listener = try Listener(on: SocketAddress(literal: "127.0.0.1", port: 0), loop: loop)
      loop.spawn {
        guard let socket = try? await listener.accept() else { return }
        // Parameters without end, each a whole message.
        let message: [UInt8] = [0x53, 0, 0, 0, 8, 0x61, 0, 0x62, 0]
        let burst = Array(repeatElement(message, count: 500).joined())
        while (try? await socket.sendAll(burst, before: .inSeconds(10))) != nil {}
      }
      let start = Instant.now
      let error = try await Self.failure(
        "host=127.0.0.1 port=\(listener.address.port) user=u sslmode=disable", on: loop, within: .milliseconds(200))
      #expect(Instant.now - start < .seconds(5), "\(error?.detail ?? "")")
    }
  }

  @Test func `a name that does not resolve is dns`() async throws {
    try await onLoop { loop in
      let error = try await Self.failure("host=absent.invalid user=u password=s3cret", on: loop)
      #expect(error?.reason == .dns)
    }
  }

  @Test func `the next host is asked when one is closed, unknown or silent`() async throws {
    let server = try await PostgresServer.shared.value
    try await onLoop { loop in
      let silent = try Peer(silentOn: loop)
      let closed = try Peer.closedPort(on: loop)
      let string = try ConnectionString(
        "host=127.0.0.1,absent.invalid,127.0.0.1,127.0.0.1 port=\(closed),1,\(silent.port),\(server.port) user=postgres"
      )
      let connection = try await server.connector(string, on: loop).connect(before: .inSeconds(4))
      #expect(connection.isOpen)
    }
  }

  @Test func `the next host is not asked when one refuses the login`() async throws {
    let server = try await PostgresServer.shared.value
    let ports = "\(server.port),\(server.port)"
    try await onLoop { loop in
      let error = try await Self.failure(
        "host=127.0.0.1,127.0.0.1 port=\(ports) user=keeper password=wrong sslmode=disable", on: loop)
      #expect(error?.reason == .auth)
      #expect(error?.detail.contains("; ") == false)
    }
  }

  @Test func `a list without a server is a timeout where one is silent, as that one may be well`() async throws {
    try await onLoop { loop in
      let silent = try Peer(silentOn: loop)
      let closed = try Peer.closedPort(on: loop)
      let error = try await Self.failure(
        "host=127.0.0.1,127.0.0.1 port=\(silent.port),\(closed) user=u", on: loop, within: .milliseconds(400))
      #expect(error?.reason == .timeout)
      #expect(error?.detail.contains("refused") == true)
    }
  }

  @Test func `connect_timeout bounds one address`() async throws {
    try await onLoop { loop in
      let silent = try Peer(silentOn: loop)
      let start = Instant.now
      let error = try await Self.failure(
        "host=127.0.0.1 port=\(silent.port) user=u connect_timeout=1", on: loop, within: .seconds(60))
      #expect(error?.reason == .timeout)
      #expect(Instant.now - start < .seconds(30))
    }
  }

  @Test func `a server that is starting says so`() async throws {
    let server = try await PostgresServer(isStandby: true)
    defer { server.stop() }
    try await onLoop { loop in
      let error = try await Self.failure("host=127.0.0.1 port=\(server.port) user=postgres", on: loop)
      #expect(error?.reason == .starting)
      #expect(error?.sqlState == "57P03")
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
            let string = try ConnectionString("host=127.0.0.1 port=\(port) user=u")
            let connector = Connector(string, on: loop, resolver: resolver)
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
