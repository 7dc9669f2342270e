import Foundation
import Glibc

/// A datagram socket that receives what a program sends to it, as a StatsD server does.
final class DatagramSocket {
  /// Where it receives, in gunicorn's form: `127.0.0.1:PORT` or `unix:///PATH`.
  let address: String
  private let descriptor: Int32

  /// Binds a free UDP port of the loopback address.
  init() throws {
    descriptor = try Self.bind(.loopback(0))
    var inet = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &inet) { [descriptor] in
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard result == 0 else { throw TestbedError("name of a socket: errno \(errno)") }
    address = "127.0.0.1:\(in_port_t(bigEndian: inet.sin_port))"
  }

  /// Binds a unix socket at a path where nothing is yet.
  init(path: String) throws {
    descriptor = try Self.bind(.unix(path))
    address = "unix://\(path)"
  }

  deinit { close(descriptor) }

  /// The next datagram. Throws when none comes in time.
  func receive(within limit: Duration = .seconds(10)) throws -> String {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard Glibc.poll(&poll, 1, Int32(limit.seconds * 1000)) == 1 else { throw TestbedError("no datagram in time") }
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count >= 0 else { throw TestbedError("receive: errno \(errno)") }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// All datagrams up to the one that `isLast`, which is the last of them.
  func receive(within limit: Duration = .seconds(10), until isLast: (String) -> Bool) throws -> [String] {
    let deadline = ContinuousClock.now + limit
    var datagrams: [String] = []
    repeat {
      datagrams.append(try receive(within: max(deadline - .now, .zero)))
    } while !isLast(datagrams[datagrams.count - 1])
    return datagrams
  }

  private static func bind(_ address: RawSocket.Address) throws -> Int32 {
    let (family, length, storage) = try RawSocket.encode(address)
    let descriptor = socket(family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var copy = storage
    let result = withUnsafePointer(to: &copy) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, length) }
    }
    guard result == 0 else { throw TestbedError("bind \(address): errno \(errno)") }
    return descriptor
  }
}
