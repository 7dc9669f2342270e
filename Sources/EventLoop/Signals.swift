import CLinux
import Glibc

/// Signals as events of the loop, by signalfd(2).
package final class Signals: @unchecked Sendable {
  private let channel: Channel

  /// Blocks `signals` in the calling thread, and so in the threads that it starts later, and watches for them.
  ///
  /// A library's thread may let them through all the same, as that of swift-subprocess which waits for children does: from
  /// there they are sent on.
  package init(_ signals: [Int32], on loop: EventLoop) throws(IOError) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    for signal in signals { _ = clinux_forward_signal(signal) }
    let descriptor = signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    guard descriptor >= 0 else { throw .last("signalfd") }
    channel = try Channel(adopting: descriptor, on: loop)
  }

  deinit { channel.close() }

  /// The number of the next signal.
  package func next() async throws(IOError) -> Int32 {
    var info = signalfd_siginfo()
    while true {
      let size = MemoryLayout<signalfd_siginfo>.size
      if retryingInterrupts({ read(channel.descriptor, &info, size) }) == size { return Int32(info.ssi_signo) }
      channel.didDrain()
      try await channel.ready(for: .read, before: .distantFuture)
    }
  }
}
