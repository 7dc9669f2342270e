package import EventLoop
import Foundation

/// Runs `body` on an event loop that has a thread of its own, as `vitals serve` has.
///
/// It stays part of the calling task, so that an expectation that fails there is told with its test.
package func onLoop<Result: Sendable>(
  _ body: @escaping @Sendable (EventLoop) async throws -> Result
) async throws -> Result {
  let loop = try EventLoop()
  let end = Waiter(on: loop)
  Thread.detachNewThread { loop.run { _ = await end.wait(until: .distantFuture) } }
  defer { loop.spawn { end.end() } }
  return try await withTaskExecutorPreference(loop) { try await run(body, loop) }
}

@concurrent
private func run<Result: Sendable>(
  _ body: @Sendable (EventLoop) async throws -> Result, _ loop: EventLoop
) async throws -> Result {
  // The preference counts from the next suspension on.
  while !loop.isCurrent { await Task.yield() }
  return try await body(loop)
}

/// How many descriptors this process has open.
package func openDescriptorCount() -> Int {
  (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
}

extension Instant {
  /// So many seconds from now.
  package static func inSeconds(_ seconds: Double) -> Instant { .now + .nanoseconds(Int64(seconds * 1e9)) }
}
