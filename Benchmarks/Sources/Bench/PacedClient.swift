import Foundation
import Synchronization

/// A client that asks at a fixed rate, whatever the answers take, and reads the server's memory as often.
///
/// A request is late from the moment it was due: an answer that holds up the next ones counts for them too.
final class PacedClient: Sendable {
  struct Sample {
    /// When the request was due and when it was answered, in seconds since 1970.
    let due: Double
    let answered: Double
    let anonymousBytes: Double
  }

  private struct State {
    var samples: [Sample] = []
    var failure: (any Error)?
    var isStopped = false
  }

  private let state = Mutex(State())
  private let hasEnded = DispatchSemaphore(value: 0)

  /// Starts asking, on a thread of its own.
  init(_ path: String, of server: Server, rate: Double) {
    Thread.detachNewThread { [self] in
      do {
        let connection = try Connection(port: server.port)
        var due = wallSeconds()
        while !state.withLock({ $0.isStopped }) {
          due += 1 / rate
          sleep(seconds: due - wallSeconds())
          let status = try connection.get(path).status
          guard status == 200 else { throw Failure("\(path) answered \(status)") }
          let sample = Sample(due: due, answered: wallSeconds(), anonymousBytes: server.tree.anonymousBytes)
          state.withLock { $0.samples.append(sample) }
        }
      } catch {
        state.withLock { $0.failure = error }
      }
      hasEnded.signal()
    }
  }

  /// - Throws: what made it end early.
  func stop() throws -> [Sample] {
    state.withLock { $0.isStopped = true }
    hasEnded.wait()
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return state.samples
    }
  }
}
