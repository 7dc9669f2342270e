import CLinux
import Glibc

/// A listening stream socket on the loop.
package final class Listener: @unchecked Sendable {
  /// Where it listens; a port 0 that was asked for is replaced by the kernel's choice.
  package let address: SocketAddress
  private let channel: Channel
  private let loop: EventLoop
  /// A descriptor in reserve: see `shed`.
  private var spare: Int32
  private var isOpen = true

  /// What came of turning a connection away.
  private enum Shed {
    case turnedAway, nobodyWaits
    /// The spare could not be had again.
    case noSpare
  }

  /// Binds and listens.
  ///
  /// A unix socket that an earlier process left behind is replaced, one that still answers is not. An IPv6 address takes
  /// IPv4 connections too only where it is `::`, as everywhere on Linux.
  package init(on address: SocketAddress, loop: EventLoop) throws(IOError) {
    let operation = "listen on \(address)"
    let descriptor = try address.makeSocket()
    var on: Int32 = 1
    if case .unix = address.kind {
      address.removeStalePath(of: SOCK_STREAM)
    } else {
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
      // Accepted sockets inherit it.
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    }
    guard
      address.withSockaddr({ bind(descriptor, $0, $1) }) == 0,
      listen(descriptor, SOMAXCONN) == 0
    else {
      let error = IOError.last(operation)
      Glibc.close(descriptor)
      throw error
    }
    channel = try Channel(adopting: descriptor, on: loop)
    self.loop = loop
    self.address = SocketAddress(of: descriptor, by: getsockname) ?? address
    spare = Listener.makeSpare()
  }

  deinit { close() }

  /// The next connection.
  ///
  /// Where the process, or the machine, has no descriptor left, it turns connections away (see `shed`) and goes on.
  ///
  /// - Throws: `closed` once the listener is closed.
  package func accept() async throws(IOError) -> Socket {
    while isOpen {
      let descriptor = retryingInterrupts { clinux_accept(channel.descriptor) }
      if descriptor >= 0 { return try Socket(adopting: descriptor, on: loop) }
      switch errno {
      case EAGAIN:
        channel.didDrain()
        try await channel.ready(for: .read, before: .distantFuture)
      case EMFILE, ENFILE:
        // Without a free descriptor accept(2) fails so whether or not a connection waits.
        switch shed() {
        case .turnedAway: break
        case .nobodyWaits:
          channel.didDrain()
          try await channel.ready(for: .read, before: .distantFuture)
        case .noSpare: await loop.sleep(until: loop.now + .milliseconds(100))
        }
      case ENOBUFS, ENOMEM:
        await loop.sleep(until: loop.now + .milliseconds(100))
      default:
        // The connection broke while it waited to be accepted: the next one may be well.
        break
      }
    }
    throw IOError(.closed, "accept")
  }

  /// The connections that wait to be accepted, for whoever is about to close the listener.
  package func acceptWaiting() -> [Socket] {
    var sockets: [Socket] = []
    while isOpen {
      let descriptor = retryingInterrupts { clinux_accept(channel.descriptor) }
      guard descriptor >= 0 else { break }
      if let socket = try? Socket(adopting: descriptor, on: loop) { sockets.append(socket) }
    }
    return sockets
  }

  /// Accepts one connection on the spare descriptor and closes it, so that its client is told at once and does not wait
  /// in a backlog that nobody empties, and the loop does not spin.
  private func shed() -> Shed {
    if spare >= 0 { Glibc.close(spare) }
    let descriptor = retryingInterrupts { clinux_accept(channel.descriptor) }
    let nobodyWaits = descriptor < 0 && errno == EAGAIN
    if descriptor >= 0 { Glibc.close(descriptor) }
    spare = Listener.makeSpare()
    return spare < 0 ? .noSpare : nobodyWaits ? .nobodyWaits : .turnedAway
  }

  /// Stops listening; connections that were accepted live on.
  ///
  /// The task in `accept` ends with `closed`.
  package func close() {
    guard isOpen else { return }
    isOpen = false
    channel.close()
    if spare >= 0 { Glibc.close(spare) }
    if case .unix(let path) = address.kind { unlink(path) }
  }

  private static func makeSpare() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
