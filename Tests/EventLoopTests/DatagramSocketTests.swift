import EventLoop
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DatagramSocketTests {
  /// A path that nothing is at.
  private let path = NSTemporaryDirectory() + "vitals-\(UUID().uuidString).sock"

  private func address(_ host: String) throws -> SocketAddress {
    host == "unix" ? try SocketAddress(unixPath: path) : try SocketAddress(literal: host, port: 0)
  }

  @Test(arguments: ["127.0.0.1", "::1", "unix"])
  func `datagrams come one by one, empty ones and those that do not fit too`(host: String) async throws {
    let address = try address(host)
    let (sizes, first) = try await onLoop { loop in
      let socket = try DatagramSocket(receivingAt: address, bufferSize: 1 << 20, on: loop)
      try send([[1, 2, 3], [], [UInt8](repeating: 7, count: 9)], to: socket.address)
      var buffer = [UInt8](repeating: 0, count: 5)
      var sizes: [Int] = []
      var first: [UInt8] = []
      while sizes.count < 3 {
        try await socket.readable(before: .inSeconds(30))
        while let size = try buffer.withUnsafeMutableBytes({ try socket.receive(into: $0) }) {
          if sizes.isEmpty { first = buffer }
          sizes.append(size)
        }
      }
      socket.close()
      socket.close()
      // Only a descriptor that is closed leaves its address to another.
      try DatagramSocket(receivingAt: socket.address, bufferSize: 1 << 16, on: loop).close()
      return (sizes, first)
    }
    #expect(sizes == [3, 0, 9])
    #expect(first == [1, 2, 3, 0, 0])
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `whoever waits is woken by a datagram, and by the end`() async throws {
    let address = try address("127.0.0.1")
    let (size, end, after) = try await onLoop { loop in
      let socket = try DatagramSocket(receivingAt: address, bufferSize: 1 << 16, on: loop)
      var buffer = [UInt8](repeating: 0, count: 5)
      func receive() throws(IOError) -> Int? {
        try buffer.withUnsafeMutableBufferPointer { buffer throws(IOError) in
          try socket.receive(into: UnsafeMutableRawBufferPointer(buffer))
        }
      }
      _ = try receive()
      let target = socket.address
      loop.spawn { try? send([[1]], to: target) }
      try await socket.readable(before: .inSeconds(30))
      let size = try receive()
      _ = try receive()
      loop.spawn { socket.close() }
      let end = await reason { () throws(IOError) in try await socket.readable(before: .distantFuture) }
      let after = await reason { () throws(IOError) in _ = try receive() }
      return (size, end, after)
    }
    #expect(size == 1)
    #expect(end == .closed)
    #expect(after == .closed)
  }

  @Test func `what the kernel has no room for is counted`() async throws {
    let address = try address("127.0.0.1")
    let (kept, dropped) = try await onLoop { loop in
      let socket = try DatagramSocket(receivingAt: address, bufferSize: 4096, on: loop)
      try send([[UInt8]](repeating: [1], count: 1000), to: socket.address)
      var kept = 0
      var byte: [UInt8] = [0]
      while try byte.withUnsafeMutableBytes({ try socket.receive(into: $0) }) != nil { kept += 1 }
      return (kept, Int(socket.dropped))
    }
    #expect(kept > 0 && dropped > 0)
    #expect(kept + dropped == 1000)
  }

  @Test func `every user may send to a unix socket`() async throws {
    let address = try address("unix")
    let mode = try await onLoop { [path] loop in
      let socket = try DatagramSocket(receivingAt: address, bufferSize: 4096, on: loop)
      defer { socket.close() }
      return try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(mode == 0o666)
  }

  @Test(arguments: ["127.0.0.1", "::1", "unix"])
  func `an address that somebody holds is refused`(host: String) async throws {
    let address = try address(host)
    let (second, isServed) = try await onLoop { loop in
      let first = try DatagramSocket(receivingAt: address, bufferSize: 4096, on: loop)
      let second = await reason { () throws(IOError) in
        _ = try DatagramSocket(receivingAt: first.address, bufferSize: 4096, on: loop)
      }
      try send([[1]], to: first.address)
      var byte: [UInt8] = [0]
      let size = try byte.withUnsafeMutableBytes { try first.receive(into: $0) }
      first.close()
      return (second, size == 1)
    }
    #expect(second == .system(EADDRINUSE))
    #expect(isServed)
  }

  @Test func `a unix socket that nobody holds is replaced, a file is not, nor is a stream socket's`() async throws {
    let address = try address("unix")
    defer { unlink(path) }
    let orphan = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    #expect(address.withSockaddr { bind(orphan, $0, $1) } == 0)
    close(orphan)
    let stream = try await onLoop { loop in
      try DatagramSocket(receivingAt: address, bufferSize: 4096, on: loop).close()
      let listener = try Listener(on: address, loop: loop)
      defer { listener.close() }
      return await reason { () throws(IOError) in
        _ = try DatagramSocket(receivingAt: address, bufferSize: 4096, on: loop)
      }
    }
    #expect(stream == .system(EADDRINUSE))
    try "precious".write(toFile: path, atomically: false, encoding: .utf8)
    let file = try await onLoop { loop in
      await reason { () throws(IOError) in
        _ = try DatagramSocket(receivingAt: address, bufferSize: 4096, on: loop)
      }
    }
    #expect(file == .system(EADDRINUSE))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
  }
}
