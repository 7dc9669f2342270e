package import EventLoop

/// Reads a socket into an intake, a little at a time.
///
/// A flood takes no more of the loop's time than the work of `budget` bytes in each millisecond: the kernel throws away
/// what comes on top of that, and counts it.
package final class Receiver: @unchecked Sendable {
  /// As much as UDP can carry.
  private static let largestDatagram = 65_536
  /// What the kernel keeps while the loop does other things: some thousand of gunicorn's datagrams.
  private static let socketBuffer: Int32 = 1 << 20
  /// Bytes in a millisecond, of which a datagram costs `overhead` beside its own: a hundred of gunicorn's.
  private static let budget = 16_384
  private static let overhead = 128
  private static let window = Duration.milliseconds(1)

  private let socket: DatagramSocket
  private let intake: Intake
  private let loop: EventLoop
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: largestDatagram, alignment: 16)
  private var lastDropped: UInt32 = 0
  /// What may still be read until `windowEnd`.
  private var left = 0
  private var windowEnd: Instant

  /// Opens a socket; datagrams wait there until `run`.
  package init(at address: SocketAddress, into intake: Intake, on loop: EventLoop) throws(IOError) {
    socket = try DatagramSocket(receivingAt: address, bufferSize: Receiver.socketBuffer, on: loop)
    self.intake = intake
    self.loop = loop
    windowEnd = loop.now
  }

  deinit { buffer.deallocate() }

  /// Where it receives.
  package var address: SocketAddress { socket.address }

  /// Reads until the socket is closed.
  package func run() async {
    while true {
      do throws(IOError) {
        if let size = try socket.receive(into: buffer) {
          await take(size)
        } else {
          try await socket.readable(before: .distantFuture)
        }
      } catch {
        if error.reason == .closed { return }
        // Out of memory, in the kernel.
        await loop.sleep(until: loop.now + .milliseconds(100))
      }
    }
  }

  /// Tells the intake what the kernel has thrown away since the last time.
  package func countDropped() {
    let dropped = socket.dropped
    intake.drop(.socket, count: Int(dropped &- lastDropped))
    lastDropped = dropped
  }

  package func close() { socket.close() }

  private func take(_ size: Int) async {
    intake.countPacket()
    var datagram = UnsafeRawBufferPointer(rebasing: buffer[..<min(size, buffer.count)])
    if size > buffer.count {
      // What is left of the last line could be read as something else.
      intake.drop(.truncated)
      let end = datagram.lastIndex(of: UInt8(ascii: "\n")) ?? 0
      datagram = UnsafeRawBufferPointer(rebasing: datagram[..<end])
    }
    var offset = 0
    left -= Receiver.overhead
    repeat {
      await waitForBudget()
      let start = offset
      intake.take(datagram, from: &offset, budget: left, at: loop.now)
      left -= offset - start
    } while offset < datagram.count
  }

  /// Waits for the next millisecond where this one's budget is used up.
  private func waitForBudget() async {
    if loop.now < windowEnd {
      if left > 0 { return }
      await loop.sleep(until: windowEnd)
    }
    left = Receiver.budget
    windowEnd = loop.now + Receiver.window
  }
}
