import CLinux
import Glibc

/// A connected stream socket on the loop.
///
/// `receive` and `send` are the system calls: they never wait, and return nil where they would have to. `readable` and
/// `writable` wait. So a caller may receive into a buffer that it shares with other tasks, as nothing else runs between
/// the system call and the next `await`.
package final class Socket: @unchecked Sendable {
  private let channel: Channel
  private var isOpen = true

  /// Takes over a connected, non-blocking descriptor, and closes it if it can't be registered.
  package init(adopting descriptor: Int32, on loop: EventLoop) throws(IOError) {
    channel = try Channel(adopting: descriptor, on: loop)
  }

  deinit { close() }

  /// Connects to `address`.
  ///
  /// - Throws: the kernel's reason, or `timedOut` at the deadline.
  package static func connect(
    to address: SocketAddress, on loop: EventLoop, before deadline: Instant
  ) async throws(IOError) -> Socket {
    let descriptor = try address.makeSocket()
    let socket = try Socket(adopting: descriptor, on: loop)
    do {
      try await socket.connect(to: address, before: deadline)
    } catch {
      socket.close()
      throw IOError(error.reason, "connect to \(address)")
    }
    return socket
  }

  private func connect(to address: SocketAddress, before deadline: Instant) async throws(IOError) {
    let descriptor = channel.descriptor
    // A small request must not wait for the acknowledgement of the one before; fails on a unix socket, which has no such delay.
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    let result = retryingInterrupts { address.withSockaddr { Glibc.connect(descriptor, $0, $1) } }
    if result == 0 { return }
    // EAGAIN: a unix socket whose backlog is full, which no event announces.
    guard errno == EINPROGRESS else { throw .last("connect") }
    channel.didFill()
    try await channel.ready(for: .write, before: deadline)
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
    guard error == 0 else { throw IOError(.system(error), "connect") }
  }

  /// Waits until `receive` has something to say: data, the end of the stream, or an error.
  package func readable(before deadline: Instant) async throws(IOError) {
    try await channel.ready(for: .read, before: deadline)
  }

  /// Waits until `send` can take bytes.
  package func writable(before deadline: Instant) async throws(IOError) {
    try await channel.ready(for: .write, before: deadline)
  }

  /// Waits until `receive` has something to say, or `send` can take bytes.
  package func readableOrWritable(before deadline: Instant) async throws(IOError) {
    try await channel.ready(for: .either, before: deadline)
  }

  /// Reads what is there, into `buffer`.
  ///
  /// - Returns: the count of bytes, 0 at the end of the stream, nil where a read would block.
  package func receive(into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Int? {
    let count = retryingInterrupts { recv(channel.descriptor, buffer.baseAddress, buffer.count, 0) }
    // Less than asked: the kernel has no more, and the next data comes with an edge (epoll(7), Q9).
    if count < buffer.count { channel.didDrain() }
    if count >= 0 { return count }
    guard errno == EAGAIN else { throw .last("read") }
    return nil
  }

  /// Writes what the kernel takes.
  ///
  /// - Returns: the count of bytes, nil where a write would block.
  package func send(_ bytes: UnsafeRawBufferPointer) throws(IOError) -> Int? {
    let count = retryingInterrupts {
      Glibc.send(channel.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
    if count < bytes.count { channel.didFill() }
    if count >= 0 { return count }
    guard errno == EAGAIN else { throw .last("write") }
    return nil
  }

  /// Writes all of `bytes`.
  package func sendAll(_ bytes: [UInt8], before deadline: Instant) async throws(IOError) {
    var sent = 0
    while sent < bytes.count {
      let count = try bytes.withUnsafeBufferPointer { all throws(IOError) in
        try send(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[sent...])))
      }
      if let count { sent += count } else { try await writable(before: deadline) }
    }
  }

  /// Appends what arrives next, at most `limit` bytes, to `buffer`.
  ///
  /// - Returns: false at the end of the stream.
  package func receive(
    appendingTo buffer: inout [UInt8], limit: Int, before deadline: Instant
  ) async throws(IOError) -> Bool {
    while true {
      try await readable(before: deadline)
      var count: Int?
      try buffer.append(addingCapacity: limit) { free throws(IOError) in
        try free.withUnsafeMutableBufferPointer { bytes, initialized throws(IOError) in
          count = try receive(
            into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[..<limit]))
          initialized = count ?? 0
        }
      }
      if let count { return count > 0 }
    }
  }

  /// Whether something was received that nobody has read yet.
  package var hasUnreadData: Bool {
    var byte: UInt8 = 0
    return retryingInterrupts { recv(channel.descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) } > 0
  }

  /// Whether the peer is on this machine: it came over a unix socket or from a loopback address.
  package var isFromHere: Bool {
    SocketAddress(of: channel.descriptor, by: getpeername)?.isLoopback ?? false
  }

  /// Ends the sending side: the peer reads the end of the stream, and may still send.
  package func finishSending() { _ = shutdown(channel.descriptor, Int32(SHUT_WR)) }

  /// Closes the socket; a second call does nothing.
  ///
  /// The task that waits for it, if any, ends with `closed`.
  package func close() {
    guard isOpen else { return }
    isOpen = false
    channel.close()
  }
}
