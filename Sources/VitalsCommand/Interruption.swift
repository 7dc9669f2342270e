import EventLoop
import Glibc
import Operations

/// Ctrl-C, SIGTERM and SIGHUP while a command runs.
///
/// A command that only looks is over at once. One that changes something ends at its next pause, so that it can put in
/// order what it has begun; a second signal ends it whatever it does.
final class Interruption: @unchecked Sendable {
  /// Whether something is under way that has to be put in order.
  private var isChanging = false
  /// What has to be undone where the program ends at once: a temporary file, the terminal's mode.
  var cleanUp: () -> Void = {}

  private let waiter: Waiter
  private var hasHappened = false

  init(on loop: EventLoop, _ output: CommandOutput) throws(OperationError) {
    waiter = Waiter(on: loop)
    let signals: Signals
    do {
      signals = try Signals([SIGINT, SIGTERM, SIGHUP], on: loop)
    } catch {
      throw OperationError(.failed, "\(error)")
    }
    loop.spawn { [self] in
      while let number = try? await signals.next() {
        if hasHappened || !isChanging {
          cleanUp()
          exit(128 + number)
        }
        hasHappened = true
        output.progress("interrupted: finishing what has begun (once more to stop at once)")
        waiter.wake()
      }
    }
  }

  /// Does what has to be put in order where somebody presses Ctrl-C: `body` is not cut off, but ends at its next pause.
  func shielded<Value>(_ body: () async throws(OperationError) -> Value) async throws(OperationError) -> Value {
    let wasChanging = isChanging
    isChanging = true
    defer { isChanging = wasChanging }
    return try await body()
  }

  /// Waits until `deadline`.
  ///
  /// - Throws: `interrupted`, also where that happened before.
  func pause(until deadline: Instant) async throws(OperationError) {
    if !hasHappened { _ = await waiter.wait(until: deadline) }
    if hasHappened { throw OperationError(.interrupted, "interrupted", advice: "See vitals status for what runs now.") }
  }
}
