import EventLoop
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SocketTests {
  @Test(arguments: ["127.0.0.1", "::1", "unix"])
  func `bytes go to and fro, larger than the kernel's buffers`(host: String) async throws {
    let path = NSTemporaryDirectory() + "vitals-\(UUID().uuidString).sock"
    let received = try await onLoop { loop in
      let address =
        host == "unix" ? try SocketAddress(unixPath: path) : try SocketAddress(literal: host, port: 0)
      let listener = try Listener(on: address, loop: loop)
      let deadline = Instant.now + .seconds(50)
      let size = 4 << 20
      loop.spawn {
        guard let peer = try? await listener.accept() else { return }
        try? await peer.sendAll([UInt8](repeating: 7, count: size), before: deadline)
        peer.close()
      }
      let socket = try await Socket.connect(to: listener.address, on: loop, before: deadline)
      var count = 0
      var buffer: [UInt8] = []
      while try await socket.receive(appendingTo: &buffer, limit: 65536, before: deadline) {
        count += buffer.count
        buffer.removeAll(keepingCapacity: true)
      }
      socket.close()
      listener.close()
      return count == size
    }
    #expect(received)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `data and the end of the stream in one edge are both read`() async throws {
    let ends = try await onLoop { loop in
      let listener = try Listener(on: SocketAddress(literal: "127.0.0.1", port: 0), loop: loop)
      let deadline = Instant.now + .seconds(30)
      let client = try await Socket.connect(to: listener.address, on: loop, before: deadline)
      try await client.sendAll([1, 2, 3], before: deadline)
      client.finishSending()
      let peer = try await listener.accept()
      // Both are in the kernel by now, so that one event reports them.
      await loop.sleep(until: .now + .milliseconds(20))
      var buffer: [UInt8] = []
      let more = try await peer.receive(appendingTo: &buffer, limit: 100, before: deadline)
      let end = try await peer.receive(appendingTo: &buffer, limit: 100, before: deadline)
      return (buffer, more, end)
    }
    #expect(ends.0 == [1, 2, 3])
    #expect(ends.1)
    #expect(!ends.2)
  }

  @Test func `a wait ends at its deadline, and when the socket is closed`() async throws {
    let (late, closed) = try await onLoop { loop in
      let listener = try Listener(on: SocketAddress(literal: "127.0.0.1", port: 0), loop: loop)
      let socket = try await Socket.connect(to: listener.address, on: loop, before: .now + .seconds(30))
      var buffer = [UInt8](repeating: 0, count: 8)
      _ = try buffer.withUnsafeMutableBytes { try socket.receive(into: $0) }
      let late = await reason { () throws(IOError) in try await socket.readable(before: .now + .milliseconds(5)) }
      loop.spawn { socket.close() }
      let closed = await reason { () throws(IOError) in try await socket.readable(before: .distantFuture) }
      return (late, closed)
    }
    #expect(late == .timedOut)
    #expect(closed == .closed)
  }

  @Test func `a socket that outlives its loop closes all the same`() async throws {
    let socket = try await onLoop { loop in
      let listener = try Listener(on: SocketAddress(literal: "127.0.0.1", port: 0), loop: loop)
      let socket = try await Socket.connect(to: listener.address, on: loop, before: .now + .seconds(30))
      // A task that still waits, with an alarm set.
      loop.spawn {
        var buffer: [UInt8] = []
        _ = try? await socket.receive(appendingTo: &buffer, limit: 1, before: .now + .seconds(600))
      }
      await loop.sleep(until: .now + .milliseconds(1))
      return socket
    }
    socket.close()
    socket.close()
  }

  @Test func `connecting to a port where nobody listens is refused at once`() async throws {
    let refused = try await onLoop { loop in
      let listener = try Listener(on: SocketAddress(literal: "127.0.0.1", port: 0), loop: loop)
      let address = listener.address
      listener.close()
      return await reason { () throws(IOError) in
        _ = try await Socket.connect(to: address, on: loop, before: .now + .seconds(30))
      }
    }
    #expect(refused == .system(ECONNREFUSED))
  }

  @Test func `a second listener on a live unix socket is refused, a dead one's path is taken over`() async throws {
    let path = NSTemporaryDirectory() + "vitals-\(UUID().uuidString).sock"
    defer { unlink(path) }
    let second = try await onLoop { loop in
      let address = try SocketAddress(unixPath: path)
      let first = try Listener(on: address, loop: loop)
      let second = await reason { () throws(IOError) in _ = try Listener(on: address, loop: loop) }
      withExtendedLifetime(first) {}
      return second
    }
    #expect(second == .system(EADDRINUSE))
    let orphan = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(orphan, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(bound == 0)
    close(orphan)
    try await onLoop { loop in
      _ = try Listener(on: SocketAddress(unixPath: path), loop: loop)
    }
  }
}

func reason(_ body: () async throws(IOError) -> Void) async -> IOError.Reason? {
  do {
    try await body()
    return nil
  } catch {
    return error.reason
  }
}

@Suite
struct SocketAddressTests {
  @Test func `literals print as they are written`() throws {
    #expect(try SocketAddress(literal: "127.0.0.1", port: 80).description == "127.0.0.1:80")
    #expect(try SocketAddress(literal: "::1", port: 8080).description == "[::1]:8080")
    #expect(try SocketAddress(unixPath: "/run/vitals.sock").description == "unix:/run/vitals.sock")
  }

  @Test(arguments: ["", "localhost", "127.0.0.256", "/x"])
  func `a name is no literal`(host: String) {
    #expect(throws: IOError.self) { try SocketAddress(literal: host.isEmpty ? "?" : host, port: 1) }
  }

  @Test func `a path that sockaddr_un cannot hold is refused`() {
    #expect(throws: IOError.self) { try SocketAddress(unixPath: "/" + String(repeating: "x", count: 107)) }
    #expect(throws: IOError.self) { try SocketAddress(unixPath: "") }
  }
}

@Suite(.timeLimit(.minutes(1)))
struct ResolverTests {
  @Test func `localhost resolves off the loop, a literal on it`() async throws {
    let (names, literal) = try await onLoop { loop in
      let resolver = Resolver(on: loop)
      let deadline = Instant.now + .seconds(30)
      return (
        try await resolver.resolve("localhost", port: 5432, before: deadline),
        try await resolver.resolve("::1", port: 1, before: deadline)
      )
    }
    #expect(names.contains { $0.description == "127.0.0.1:5432" || $0.description == "[::1]:5432" })
    #expect(literal.map(\.description) == ["[::1]:1"])
  }

  @Test func `a name that does not exist says so`() async throws {
    let failed = try await onLoop { loop in
      let resolver = Resolver(on: loop)
      return await reason { () throws(IOError) in
        _ = try await resolver.resolve("no-such-name.invalid", port: 1, before: .now + .seconds(30))
      }
    }
    guard case .resolution = failed else {
      Issue.record("resolution was expected, not \(String(describing: failed))")
      return
    }
  }
}
