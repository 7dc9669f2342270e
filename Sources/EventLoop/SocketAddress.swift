package import CLinux
import Glibc

/// Where a socket listens or connects: an IPv4 or IPv6 address with a port, or the path of a unix socket.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// The host is a literal address, without brackets.
    case ip(host: String, port: UInt16)
    case unix(path: String)
  }

  package let kind: Kind
  private let family: Int32
  private let bytes: [UInt8]

  /// A unix socket's address.
  ///
  /// - Throws: `invalidAddress` where the path is empty or longer than the 107 bytes that sockaddr_un holds.
  package init(unixPath path: String) throws(IOError) {
    let utf8 = Array(path.utf8)
    var address = sockaddr_un()
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard !utf8.isEmpty, utf8.count < capacity, !utf8.contains(0) else {
      throw IOError(.invalidAddress, "the path of a unix socket has 1 to \(capacity - 1) bytes: \(path)")
    }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: utf8) }
    kind = .unix(path: path)
    family = AF_UNIX
    bytes = withUnsafeBytes(of: address) { Array($0) }
  }

  /// A literal IPv4 or IPv6 address (with or without a scope, without brackets) and a port.
  ///
  /// - Throws: `invalidAddress` where `host` is a name.
  package init(literal host: String, port: UInt16) throws(IOError) {
    let found = try Resolver.lookUp(host, port: port, flags: AI_NUMERICHOST)
    guard let first = found.first else {
      throw IOError(.invalidAddress, "not an IP address: \(host)")
    }
    self = first
  }

  /// What getaddrinfo(3), accept(2) or getsockname(2) returned; nil for another family.
  init?(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
    family = Int32(address.pointee.sa_family)
    let raw = UnsafeRawBufferPointer(start: address, count: Int(length))
    switch family {
    case AF_UNIX:
      let path = raw.dropFirst(MemoryLayout<sa_family_t>.size).prefix { $0 != 0 }
      kind = .unix(path: String(decoding: path, as: UTF8.self))
    case AF_INET, AF_INET6:
      var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
      let flags = NI_NUMERICHOST | NI_NUMERICSERV
      guard
        getnameinfo(address, length, &host, socklen_t(host.count), &port, socklen_t(port.count), Int32(flags)) == 0
      else { return nil }
      kind = .ip(host: SocketAddress.string(host), port: UInt16(SocketAddress.string(port)) ?? 0)
    default: return nil
    }
    bytes = Array(raw)
  }

  /// What getsockname(2) or getpeername(2) tells of a socket; nil where it tells nothing.
  init?(
    of descriptor: Int32, by call: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let address = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        call(descriptor, address, &length) == 0 ? SocketAddress(address, length: length) : nil
      }
    }
    guard let address else { return nil }
    self = address
  }

  private static func string(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Port 0 for a unix socket.
  package var port: UInt16 {
    if case .ip(_, let port) = kind { port } else { 0 }
  }

  /// Whether only this machine is reached, or reaches others, with it.
  var isLoopback: Bool {
    switch kind {
    case .unix: true
    case .ip(let host, _): host == "::1" || host.hasPrefix("127.") || host.hasPrefix("::ffff:127.")
    }
  }

  /// `127.0.0.1:80`, `[::1]:80`, `unix:/path`.
  package var description: String {
    switch kind {
    case .ip(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// A new non-blocking socket of the address's family.
  func makeSocket(_ type: __socket_type = SOCK_STREAM) throws(IOError) -> Int32 {
    let type = Int32(type.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(family, type, 0)
    guard descriptor >= 0 else { throw .last("open a socket") }
    return descriptor
  }

  /// Removes a unix socket of that type at the path if no process holds it any more.
  ///
  /// Every other file stays, and binding to the path fails.
  func removeStalePath(of type: __socket_type) {
    guard case .unix(let path) = kind else { return }
    var status = stat()
    // Connecting to any other file is refused as well.
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
    guard let probe = try? makeSocket(type) else { return }
    defer { Glibc.close(probe) }
    if withSockaddr({ connect(probe, $0, $1) }) == -1, errno == ECONNREFUSED { unlink(path) }
  }

  /// Calls `body` with what the socket calls take.
  package func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    bytes.withUnsafeBytes { raw in
      raw.withMemoryRebound(to: sockaddr.self) { address in
        // A sockaddr is never empty: `bytes` comes from the kernel or from an initializer above.
        guard let base = address.baseAddress else { preconditionFailure("an address has bytes") }
        return body(base, socklen_t(raw.count))
      }
    }
  }
}
