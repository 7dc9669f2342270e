import Glibc

/// A descriptor that the loop watches, and the one task that waits for it.
///
/// Readiness is edge-triggered and kept as a latch: try the call first, and wait when it would have blocked. The latch
/// starts set, since a new descriptor may be ready already.
package final class Channel: @unchecked Sendable {
  package enum Interest: Sendable { case read, write, either }

  package let descriptor: Int32
  package let loop: EventLoop
  var token: UInt64 = 0

  private let waiter: Waiter
  private var interest = Interest.read
  private var isReadable = true
  private var isWritable = true
  /// The peer has finished: no edge will follow, so reading never waits again.
  private var isClosing = false

  /// Registers `descriptor`, which must be non-blocking and stay open until `forget` or `close`.
  package init(_ descriptor: Int32, on loop: EventLoop) throws(IOError) {
    self.descriptor = descriptor
    self.loop = loop
    waiter = Waiter(on: loop)
    try loop.register(self)
  }

  /// Registers `descriptor` and takes it over: it is closed at once where that fails, and else by `close`.
  convenience init(adopting descriptor: Int32, on loop: EventLoop) throws(IOError) {
    do throws(IOError) {
      try self.init(descriptor, on: loop)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  /// Waits until a read, or a write, or one of both, need not block.
  ///
  /// - Throws: `timedOut` at the deadline; `closed` when the channel is closed meanwhile, or was before.
  package func ready(for interest: Interest, before deadline: Instant) async throws(IOError) {
    if isReady(for: interest) { return }
    self.interest = interest
    switch await waiter.wait(until: deadline) {
    case .event: return
    case .deadline: throw IOError(.timedOut, interest == .write ? "write" : "read")
    case .ended: throw IOError(.closed, interest == .write ? "write" : "read")
    }
  }

  private func isReady(for interest: Interest) -> Bool {
    switch interest {
    case .read: isReadable
    case .write: isWritable
    case .either: isReadable || isWritable
    }
  }

  /// The last read took all there was: the next one waits for an edge first.
  package func didDrain() { isReadable = isClosing }

  /// The last write filled the kernel's buffer: the next one waits for an edge first.
  package func didFill() { isWritable = false }

  /// Stops watching a descriptor that stays open because a library owns it.
  ///
  /// The waiting task ends with `closed`.
  package func forget() {
    loop.forget(self, isOpen: true)
    waiter.end()
  }

  /// Closes the descriptor, which removes it from epoll without a system call.
  ///
  /// The waiting task ends with `closed`.
  func close() {
    loop.forget(self, isOpen: false)
    waiter.end()
    Glibc.close(descriptor)
  }

  func report(_ event: Epoll.Event) {
    if event.isReadable { isReadable = true }
    if event.isWritable { isWritable = true }
    if event.isClosing { isClosing = true }
    if isReady(for: interest) { waiter.wake() }
  }
}
