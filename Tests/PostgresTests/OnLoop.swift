import EventLoop
import Foundation

/// Runs `body` on a loop with a thread of its own.
func onLoop<Value: Sendable>(
  _ body: @escaping @Sendable (EventLoop) async throws -> Value
) async throws -> Value {
  let loop = try EventLoop()
  return try await withCheckedThrowingContinuation { continuation in
    Foundation.Thread.detachNewThread {
      loop.run {
        do {
          continuation.resume(returning: try await body(loop))
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }
}

extension Instant {
  static func inSeconds(_ seconds: Double) -> Instant { .now + .nanoseconds(Int64(seconds * 1e9)) }
}
