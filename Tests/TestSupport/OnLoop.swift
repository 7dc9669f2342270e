package import EventLoop
import Foundation

/// Runs `body` as the main task of an event loop on a thread of its own, as `vitals serve` does.
package func onLoop<Result: Sendable>(
  _ body: @escaping @Sendable (EventLoop) async throws -> Result
) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread {
      let box = ResultBox<Result>()
      do {
        let loop = try EventLoop()
        loop.run {
          do {
            box.result = .success(try await body(loop))
          } catch {
            box.result = .failure(error)
          }
        }
      } catch {
        box.result = .failure(error)
      }
      continuation.resume(with: box.result)
    }
  }
}

private final class ResultBox<Success>: @unchecked Sendable {
  var result: Result<Success, any Error> = .failure(CancellationError())
}

/// How many descriptors this process has open.
package func openDescriptorCount() -> Int {
  (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
}

/// How many threads this process has.
package func threadCount() -> Int {
  (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
}

extension Instant {
  /// So many seconds from now.
  package static func inSeconds(_ seconds: Double) -> Instant { .now + .nanoseconds(Int64(seconds * 1e9)) }
}
