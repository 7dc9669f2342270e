package import EventLoop

/// Asks again and again until nothing is left to wait for.
package struct Waiting {
  package typealias Pause = (Duration) async throws(OperationError) -> Void

  /// What whoever gives the command may do where the time is over.
  package static let advice = "Repeat this when that is over: it goes on where it ended. --timeout gives it more time."

  package let deadline: Instant
  let interval: Duration
  let pause: Pause
  let report: (String) -> Void

  /// - Parameters:
  ///   - interval: how often is asked.
  ///   - pause: waits so long, and throws where somebody has had enough.
  ///   - report: told what is waited for, each time that this changes.
  package init(
    before deadline: Instant, every interval: Duration = .milliseconds(300), pause: @escaping Pause,
    report: @escaping (String) -> Void = { _ in }
  ) {
    self.deadline = deadline
    self.interval = interval
    self.pause = pause
    self.report = report
  }

  /// - Parameters:
  ///   - advice: for an error of the deadline.
  ///   - obstacle: what is still in the way, nil where nothing is.
  /// - Throws: `deadline` with what is in the way then, and what `obstacle` and `pause` throw.
  package func untilNothing(
    advice: String = Waiting.advice, _ obstacle: () async throws(OperationError) -> String?
  ) async throws(OperationError) {
    var told = ""
    while let text = try await obstacle() {
      if text != told { report("waiting: \(text)") }
      told = text
      // Before the next question would be cut off by it.
      guard Instant.now + .seconds(1) < deadline else { throw OperationError(.deadline, text, advice: advice) }
      try await pause(interval)
    }
  }
}
