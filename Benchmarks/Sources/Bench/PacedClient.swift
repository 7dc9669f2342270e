import Foundation
import Synchronization

/// A client that asks at a fixed rate, whatever the answers take, and reads the server's memory as often.
///
/// An answer that holds up the next requests counts for them too, from when they were due. That the client itself
/// awoke late does not count.
final class PacedClient: Sendable {
  struct Sample {
    /// From when the answer was waited for and when it came, in seconds since 1970.
    let asked: Double
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
        var answered = due
        while !state.withLock({ $0.isStopped }) {
          due += 1 / rate
          sleep(seconds: due - wallSeconds())
          let asked = answered > due ? due : wallSeconds()
          let status = try connection.get(path).status
          answered = wallSeconds()
          guard status == 200 else { throw Failure("\(path) answered \(status)") }
          let sample = Sample(asked: asked, answered: answered, anonymousBytes: server.tree.anonymousBytes)
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
