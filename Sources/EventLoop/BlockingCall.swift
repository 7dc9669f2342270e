/// A call that blocks, made on a thread of its own for as long as it takes.
///
/// It can't be cancelled, so it may outlive its caller's deadline. Whoever asks meanwhile joins it: a name server or a file
/// system that is silent for an hour costs one thread, however often it is asked.
package final class BlockingCall<Answer: Sendable>: @unchecked Sendable {
  /// A call under way, and those who wait for it.
  private final class Run: @unchecked Sendable {
    var waiters: [Waiter] = []
    var answer: Answer?
  }

  private let loop: EventLoop
  private let body: @Sendable () -> Answer
  private var run: Run?

  /// A call of `body`, which is not made yet.
  package init(on loop: EventLoop, _ body: @escaping @Sendable () -> Answer) {
    self.loop = loop
    self.body = body
  }

  /// Makes the call, or joins the one that is under way.
  ///
  /// - Returns: what it returned, nil where it had not by `deadline`.
  package func answer(before deadline: Instant) async -> Answer? {
    let run = self.run ?? start()
    let waiter = Waiter(on: loop)
    run.waiters.append(waiter)
    _ = await waiter.wait(until: deadline)
    run.waiters.removeAll { $0 === waiter }
    return run.answer
  }

  private func start() -> Run {
    let run = Run()
    self.run = run
    Thread.start { [self] in
      let answer = body()
      loop.spawn { self.finish(run, answer) }
    }
    return run
  }

  private func finish(_ run: Run, _ answer: Answer) {
    self.run = nil
    run.answer = answer
    for waiter in run.waiters { waiter.wake() }
  }
}
