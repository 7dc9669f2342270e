import Foundation
import Glibc

/// A datagram socket that sends to one address, as a StatsD client does.
final class DatagramSender: @unchecked Sendable {
  private let descriptor: Int32

  init(to address: RawSocket.Address) throws {
    let (family, length, storage) = try RawSocket.encode(address)
    descriptor = socket(family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var copy = storage
    let result = withUnsafePointer(to: &copy) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
    }
    guard result == 0 else { throw TestbedError("connect to \(address): \(String(cString: strerror(errno)))") }
  }

  deinit { close(descriptor) }

  /// Sends one datagram, and waits where a unix socket has no room for it.
  func send(_ bytes: [UInt8]) throws {
    guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw TestbedError("send: \(String(cString: strerror(errno)))")
    }
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }
}

extension VitalsProcess {
  /// Where it receives StatsD, in the order of the log, once it does.
  func statsdAddresses(_ count: Int = 1) throws -> [RawSocket.Address] {
    try eventually(within: .seconds(20), "receiving StatsD") {
      let lines = errorOutput.split(separator: "\n").filter { $0.contains("receiving statsd") }
      let addresses = lines.compactMap { line in
        line.split(separator: " ").first { $0.hasPrefix("address=") }
          .flatMap { RawSocket.Address(String($0.dropFirst("address=".count))) }
      }
      return addresses.count >= count ? addresses : nil
    }
  }
}
