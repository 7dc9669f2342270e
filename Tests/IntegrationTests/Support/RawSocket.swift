import Foundation
import Glibc

/// A blocking stream socket for tests that decide every byte. Each operation takes a time limit.
final class RawSocket {
  /// Where to connect to.
  enum Address: Hashable, Sendable, CustomStringConvertible {
    case ipv4(String, Int)
    case ipv6(String, Int)
    case unix(String)

    /// A port of 127.0.0.1.
    static func loopback(_ port: Int) -> Address { .ipv4("127.0.0.1", port) }

    var description: String {
      switch self {
      case .ipv4(let host, let port): "\(host):\(port)"
      case .ipv6(let host, let port): "[\(host)]:\(port)"
      case .unix(let path): "unix:\(path)"
      }
    }

    /// Parses `127.0.0.1:80`, `[::1]:80` and `unix:/path`.
    init?(_ text: String) {
      if text.hasPrefix("unix:") {
        self = .unix(String(text.dropFirst(5)))
        return
      }
      guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else { return nil }
      let host = text[..<colon]
      self = host.hasPrefix("[") ? .ipv6(String(host.dropFirst().dropLast()), port) : .ipv4(String(host), port)
    }
  }

  let descriptor: Int32
  /// Bytes received beyond the last response: the beginning of the next one.
  private(set) var buffered: [UInt8] = []
  private var isOpen = true

  init(_ address: Address, within limit: Duration = .seconds(5)) throws {
    let (family, length, storage) = try Self.encode(address)
    descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw TestbedError("socket: errno \(errno)") }
    setTimeout(SO_SNDTIMEO, limit)
    var copy = storage
    let result = withUnsafePointer(to: &copy) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
    }
    guard result == 0 else {
      let reason = String(cString: strerror(errno))
      close()
      throw TestbedError("connect to \(address): \(reason)")
    }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close() }

  /// Sends all of `text`, as UTF-8.
  func send(_ text: String, within limit: Duration = .seconds(10)) throws {
    try send(Array(text.utf8), within: limit)
  }

  func send(_ bytes: [UInt8], within limit: Duration = .seconds(10)) throws {
    setTimeout(SO_SNDTIMEO, limit)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw TestbedError("send: \(String(cString: strerror(errno)))") }
      sent += count
    }
  }

  /// Sends each byte in a segment of its own.
  func sendByteByByte(_ text: String) throws {
    for byte in text.utf8 { try send([byte]) }
  }

  /// Says that nothing more will be sent; answers can still be read.
  func finishSending() {
    shutdown(descriptor, Int32(SHUT_WR))
  }

  /// Reads one response. `toHead` says that it answers a HEAD request and so has no body, whatever its fields say.
  func readResponse(toHead: Bool = false, within limit: Duration = .seconds(10)) throws -> HTTPResponse {
    let deadline = ContinuousClock.now + limit
    while true {
      if let (response, length) = try HTTPResponse.parse(buffered, toHead: toHead, atEnd: false) {
        buffered.removeFirst(length)
        return response
      }
      if try !receive(before: deadline) {
        guard let (response, length) = try HTTPResponse.parse(buffered, toHead: toHead, atEnd: true) else {
          throw TestbedError("closed after \(buffered.count) bytes: \(String(decoding: buffered, as: UTF8.self))")
        }
        buffered.removeFirst(length)
        return response
      }
    }
  }

  /// Reads until the peer closes and returns all bytes. Throws when it does not close in time, or resets.
  func readToEnd(within limit: Duration = .seconds(10)) throws -> [UInt8] {
    let deadline = ContinuousClock.now + limit
    while try receive(before: deadline) {}
    defer { buffered = [] }
    return buffered
  }

  /// Whether the peer closes the connection in time without sending anything more. A reset counts as closing.
  func isClosedByPeer(within limit: Duration = .seconds(5)) -> Bool {
    do {
      return try buffered.isEmpty && !receive(before: ContinuousClock.now + limit)
    } catch {
      return (error as? TestbedError)?.description.contains(String(cString: strerror(ECONNRESET))) ?? false
    }
  }

  func close() {
    if isOpen { Glibc.close(descriptor) }
    isOpen = false
  }

  /// Closes with a reset instead of the ordinary end.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// Adds what arrives to `buffered`; false at the end of the stream.
  private func receive(before deadline: ContinuousClock.Instant) throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    let remaining = deadline - .now
    guard remaining > .zero else { throw TestbedError("no answer in time, \(buffered.count) bytes so far") }
    setTimeout(SO_RCVTIMEO, max(remaining, .milliseconds(1)))
    let count = recv(descriptor, &chunk, chunk.count, 0)
    if count < 0 {
      if errno == EINTR { return true }
      if errno == EAGAIN { throw TestbedError("no answer in time, \(buffered.count) bytes so far") }
      throw TestbedError("receive: \(String(cString: strerror(errno)))")
    }
    buffered += chunk[..<count]
    return count > 0
  }

  private func setTimeout(_ option: Int32, _ limit: Duration) {
    let parts = limit.components
    var value = timeval(tv_sec: Int(parts.seconds), tv_usec: Int(parts.attoseconds / 1_000_000_000_000))
    setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<timeval>.size))
  }

  static func encode(_ address: Address) throws -> (Int32, socklen_t, sockaddr_storage) {
    var storage = sockaddr_storage()
    switch address {
    case .ipv4(let host, let port):
      var inet = sockaddr_in()
      inet.sin_family = sa_family_t(AF_INET)
      inet.sin_port = in_port_t(port).bigEndian
      guard inet_pton(AF_INET, host, &inet.sin_addr) == 1 else { throw TestbedError("not an address: \(host)") }
      return (AF_INET, copy(inet, to: &storage), storage)
    case .ipv6(let host, let port):
      var inet = sockaddr_in6()
      inet.sin6_family = sa_family_t(AF_INET6)
      inet.sin6_port = in_port_t(port).bigEndian
      guard inet_pton(AF_INET6, host, &inet.sin6_addr) == 1 else { throw TestbedError("not an address: \(host)") }
      return (AF_INET6, copy(inet, to: &storage), storage)
    case .unix(let path):
      var unix = sockaddr_un()
      unix.sun_family = sa_family_t(AF_UNIX)
      let capacity = MemoryLayout.size(ofValue: unix.sun_path)
      guard path.utf8.count < capacity else { throw TestbedError("path too long: \(path)") }
      withUnsafeMutableBytes(of: &unix.sun_path) { $0.copyBytes(from: path.utf8) }
      return (AF_UNIX, copy(unix, to: &storage), storage)
    }
  }

  private static func copy<Value>(_ value: Value, to storage: inout sockaddr_storage) -> socklen_t {
    withUnsafeBytes(of: value) { bytes in
      withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
    }
    return socklen_t(MemoryLayout<Value>.size)
  }
}
