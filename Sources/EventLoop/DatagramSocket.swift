import CLinux
import Glibc

/// A bound datagram socket, UDP or unix, that only receives.
///
/// As with `Socket`, `receive` is the system call and never waits; `readable` waits.
package final class DatagramSocket: @unchecked Sendable {
  /// Where it receives; a port 0 that was asked for is replaced by the kernel's choice.
  package let address: SocketAddress
  private let channel: Channel
  private var isOpen = true

  /// Binds.
  ///
  /// A unix socket that an earlier process left behind is replaced. One that somebody holds is not, and neither is any
  /// other file. Its mode is 0666: as with a port, whoever can reach it may send, and the directory decides who can.
  ///
  /// - Parameter bufferSize: how many bytes the kernel shall keep, with its own overhead of some hundred for each
  ///   datagram; it gives no more than net.core.rmem_max.
  package init(receivingAt address: SocketAddress, bufferSize: Int32, on loop: EventLoop) throws(IOError) {
    let operation = "receive datagrams at \(address)"
    let descriptor = try address.makeSocket(SOCK_DGRAM)
    address.removeStalePath(of: SOCK_DGRAM)
    var bufferSize = bufferSize
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bufferSize, 4)
    guard address.withSockaddr({ bind(descriptor, $0, $1) }) == 0 else {
      let error = IOError.last(operation)
      Glibc.close(descriptor)
      throw error
    }
    channel = try Channel(adopting: descriptor, on: loop)
    if case .unix(let path) = address.kind { chmod(path, 0o666) }
    self.address = SocketAddress(of: descriptor, by: getsockname) ?? address
  }

  deinit { close() }

  /// Waits until `receive` has something to say.
  package func readable(before deadline: Instant) async throws(IOError) {
    try await channel.ready(for: .read, before: deadline)
  }

  /// Takes the next datagram and puts its beginning, as far as it fits, into `buffer`.
  ///
  /// - Returns: the size of the whole datagram, which may be 0 or more than fits; nil where there is none.
  package func receive(into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Int? {
    // The task may have slept since, and the number may be another file's by now.
    guard isOpen else { throw IOError(.closed, "read") }
    let count = retryingInterrupts { recv(channel.descriptor, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC)) }
    if count >= 0 { return count }
    channel.didDrain()
    guard errno == EAGAIN else { throw .last("read") }
    return nil
  }

  /// How many datagrams the kernel has thrown away since the socket was opened, most of them for want of room; after
  /// 2^32 it starts again at 0.
  ///
  /// A unix socket loses none: its senders wait, or are told.
  package var dropped: UInt32 {
    guard isOpen else { return 0 }
    // SO_RXQ_OVFL tells the same, but only with a datagram that came later.
    var numbers = [UInt32](repeating: 0, count: SK_MEMINFO_VARS)
    var length = socklen_t(numbers.count * 4)
    let code = getsockopt(channel.descriptor, SOL_SOCKET, SO_MEMINFO, &numbers, &length)
    return code == 0 ? numbers[SK_MEMINFO_DROPS] : 0
  }

  /// Closes the socket and removes its path; a second call does nothing.
  ///
  /// The task that waits for it ends with `closed`.
  package func close() {
    guard isOpen else { return }
    isOpen = false
    channel.close()
    if case .unix(let path) = address.kind { unlink(path) }
  }
}
