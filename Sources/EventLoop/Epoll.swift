import CLinux
import Glibc

/// An epoll instance and the eventfd that interrupts it.
///
/// Descriptors are registered once, edge-triggered, for both directions: a connection costs two epoll_ctl calls in its
/// life (and none at its end, where closing the descriptor removes it).
struct Epoll: ~Copyable {
  /// What a registered descriptor reported.
  struct Event {
    /// The user data that the descriptor was registered with.
    var token: UInt64
    var flags: UInt32

    /// Data, end of stream or an error waits: a read will not block.
    var isReadable: Bool { flags & (EPOLLIN.rawValue | closing) != 0 }
    /// A write will not block, or fails at once.
    var isWritable: Bool { flags & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
    /// The peer has finished sending, or the connection is broken: no further edge will announce it.
    var isClosing: Bool { flags & closing != 0 }

    private var closing: UInt32 { EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue }
  }

  private let epoll: Int32
  private let wakeup: Int32
  private let events: UnsafeMutableBufferPointer<epoll_event>

  private static let wakeupToken = UInt64.max

  init() throws(IOError) {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    events = .allocate(capacity: 256)
    guard epoll >= 0, wakeup >= 0 else { throw .last("epoll_create1, eventfd") }
    try add(wakeup, token: Epoll.wakeupToken)
  }

  deinit {
    Glibc.close(wakeup)
    Glibc.close(epoll)
    events.deallocate()
  }

  func add(_ descriptor: Int32, token: UInt64) throws(IOError) {
    let flags = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
    var event = epoll_event(events: flags, data: epoll_data_t(u64: token))
    guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else { throw .last("epoll_ctl") }
  }

  /// Only for a descriptor that stays open, or that a library closes: close(2) removes it by itself.
  func remove(_ descriptor: Int32) {
    _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
  }

  /// Waits for at most `milliseconds` (-1: for ever), then hands each event to `body`.
  func wait(milliseconds: Int32, _ body: (Event) -> Void) {
    let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds)
    guard count >= 0 else {
      precondition(errno == EINTR, "epoll_wait fails only on a descriptor that is no epoll instance")
      return
    }
    for index in 0..<Int(count) {
      let event = events[index]
      if event.data.u64 == Epoll.wakeupToken {
        var value: UInt64 = 0
        _ = Glibc.read(wakeup, &value, 8)
      } else {
        body(Event(token: event.data.u64, flags: event.events))
      }
    }
  }

  /// Makes the current or the next `wait` return; may be called from every thread.
  func interrupt() {
    var one: UInt64 = 1
    _ = Glibc.write(wakeup, &one, 8)
  }
}
