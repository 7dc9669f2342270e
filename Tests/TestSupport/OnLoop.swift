package import EventLoop
import Foundation

/// Runs `body` on an event loop that has a thread of its own, as `vitals serve` has.
///
/// It stays part of the calling task, so that an expectation that fails there is told with its test.
package func onLoop<Success: Sendable>(
  _ body: @escaping @Sendable (EventLoop) async throws -> Success
) async throws -> Success {
  let loop = try EventLoop()
  let end = Waiter(on: loop)
  let (thread, threadEnds) = AsyncStream.makeStream(of: Never.self)
  Thread.detachNewThread {
    loop.run { _ = await end.wait(until: .distantFuture) }
    threadEnds.finish()
  }
  let result = await withTaskExecutorPreference(loop) { await run(body, loop) }
  loop.spawn { end.end() }
  for await _ in thread {}
  return try result.get()
}

@concurrent
private func run<Success: Sendable>(
  _ body: @Sendable (EventLoop) async throws -> Success, _ loop: EventLoop
) async -> Result<Success, any Error> {
  // The preference counts from the next suspension on.
  while !loop.isCurrent { await Task.yield() }
  do {
    return .success(try await body(loop))
  } catch {
    return .failure(error)
  }
}

extension Instant {
  /// So many seconds from now.
  package static func inSeconds(_ seconds: Double) -> Instant { .now + .nanoseconds(Int64(seconds * 1e9)) }
}
