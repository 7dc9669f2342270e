/// A place where one task at a time waits for a wake-up until a deadline.
///
/// Its alarm is scheduled lazily: a wait whose deadline is later than the alarm that is still set from an earlier wait
/// leaves the alarm as it is, and the alarm, when it goes off, looks at the deadline that counts by then. A busy
/// connection therefore moves its deadline at every request and touches the heap once in half a minute.
///
/// Confined to the loop's thread, like everything that is made from a loop; that is why it may call itself Sendable.
package final class Waiter: @unchecked Sendable {
  package enum Wake: Sendable {
    /// `wake()` was called: what was waited for may have happened.
    case event
    /// The deadline passed first.
    case deadline
    /// `end()` was called, now or earlier: nothing will happen here any more.
    case ended
  }

  private let loop: EventLoop
  private var continuation: UnsafeContinuation<Wake, Never>?
  private var deadline = Instant.distantFuture
  private var hasEnded = false

  /// When the alarm goes off, and where it stands in the loop's heap; -1 while it is not set.
  var alarm = Instant.distantFuture
  var heapIndex = -1

  package init(on loop: EventLoop) { self.loop = loop }

  /// Suspends the task until `wake()`, `end()` or the deadline.
  package func wait(until deadline: Instant) async -> Wake {
    precondition(continuation == nil, "one task at a time waits here")
    if hasEnded { return .ended }
    self.deadline = deadline
    if deadline < alarm { loop.alarms.set(self, at: deadline) }
    return await withUnsafeContinuation { continuation = $0 }
  }

  /// Resumes the waiting task, if there is one.
  package func wake() { resume(.event) }

  /// Resumes the waiting task, and makes every later wait return at once.
  package func end() {
    hasEnded = true
    loop.alarms.cancel(self)
    resume(.ended)
  }

  /// The alarm went off: it was taken from the heap already.
  func ring(at now: Instant) {
    guard continuation != nil else { return }
    if deadline > now {
      loop.alarms.set(self, at: deadline)
    } else {
      resume(.deadline)
    }
  }

  private func resume(_ wake: Wake) {
    guard let continuation else { return }
    self.continuation = nil
    continuation.resume(returning: wake)
  }
}
