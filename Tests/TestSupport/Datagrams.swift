package import EventLoop
import Glibc

/// A datagram could not be sent; the value is the `errno`.
package struct SendError: Error, Equatable {
  package let code: Int32
}

/// Sends each of `datagrams` to `address` from a socket of its own, which waits for room where the kind of socket can.
package func send(_ datagrams: [[UInt8]], to address: SocketAddress) throws(SendError) {
  let family =
    switch address.kind {
    case .unix: AF_UNIX
    case .ip(let host, _): host.contains(":") ? AF_INET6 : AF_INET
    }
  let descriptor = socket(family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  defer { close(descriptor) }
  for datagram in datagrams {
    let count = address.withSockaddr { sendto(descriptor, datagram, datagram.count, 0, $0, $1) }
    guard count == datagram.count else { throw SendError(code: errno) }
  }
}
