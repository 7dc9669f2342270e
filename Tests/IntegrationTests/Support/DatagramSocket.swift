import Foundation
import Glibc

/// A datagram socket that receives what a program sends to it, as a StatsD server does.
final class DatagramSocket {
  /// Where it receives, in gunicorn's form: `127.0.0.1:PORT` or `unix:///PATH`.
  let address: String
  private let descriptor: Int32

  /// Binds a free UDP port of the loopback address.
  init() throws {
    descriptor = try Self.open(AF_INET)
    var inet = sockaddr_in()
    inet.sin_family = sa_family_t(AF_INET)
    inet.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &inet) { [descriptor] in
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
      }
    }
    guard result == 0 else { throw TestbedError("bind: errno \(errno)") }
    address = "127.0.0.1:\(in_port_t(bigEndian: inet.sin_port))"
  }

  /// Binds a unix socket at a path where nothing is yet.
  init(path: String) throws {
    descriptor = try Self.open(AF_UNIX)
    address = "unix://\(path)"
    var unix = sockaddr_un()
    unix.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: unix.sun_path) else { throw TestbedError("too long: \(path)") }
    withUnsafeMutableBytes(of: &unix.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &unix) { [descriptor] in
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw TestbedError("bind \(path): errno \(errno)") }
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

  private static func open(_ family: Int32) throws -> Int32 {
    let descriptor = socket(family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw TestbedError("socket: errno \(errno)") }
    return descriptor
  }
}
