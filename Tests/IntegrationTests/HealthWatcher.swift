import Foundation

/// Asks for `/health/` over and over on one keep-alive connection, and keeps every change with its time.
final class HealthWatcher: Sendable {
  /// A verdict and when it was first seen.
  struct Observation: Sendable, CustomStringConvertible {
    let time: ContinuousClock.Instant
    let code: Int
    let status: String
    /// `postgresql refused, redis timeout`; empty on a pass.
    let output: String

    var description: String { "\(code) \(status) \(output)" }
  }

  private struct State {
    var observations: [Observation] = []
    var longest = Duration.zero
    var failure: String?
    var isStopped = false
  }

  private let state = Monitor(State())

  /// Starts to watch; each answer is followed by the next request after `pause`.
  init(_ address: RawSocket.Address, pause: Duration = .milliseconds(2)) throws {
    let thread = Thread { [state] in
      do {
        let socket = try RawSocket(address)
        defer { socket.close() }
        while !state.withLock(\.isStopped) {
          let start = ContinuousClock.now
          try socket.send("GET /health/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
          let response = try socket.readResponse()
          let now = ContinuousClock.now
          let body = try HealthBody(response)
          let new = Observation(time: now, code: response.status, status: body.status, output: body.output ?? "")
          state.withLock { state in
            state.longest = max(state.longest, now - start)
            if state.observations.last?.description != new.description { state.observations.append(new) }
          }
          Thread.sleep(forTimeInterval: pause.seconds)
        }
      } catch {
        state.withLock { $0.failure = "\(error)" }
      }
    }
    thread.name = "watcher of \(address)"
    thread.start()
    _ = try first("an answer") { _ in true }
  }

  /// What was seen, in order, each verdict once as long as it lasted.
  var observations: [Observation] { state.withLock(\.observations) }

  /// The longest that an answer took.
  var longest: Duration { state.withLock(\.longest) }

  /// Why it had to stop; nil while it watches.
  var failure: String? { state.withLock(\.failure) }

  /// The first observation, not before `start`, for which `condition` holds; waits for it.
  func first(
    _ what: String, since start: ContinuousClock.Instant? = nil, within limit: Duration = .seconds(20),
    where condition: (Observation) -> Bool
  ) throws -> Observation {
    let found = state.wait(within: limit) { state -> Observation?? in
      for seen in state.observations where start.map({ seen.time >= $0 }) ?? true && condition(seen) { return seen }
      return state.failure == nil ? nil : .some(nil)
    }
    if let seen = found ?? nil { return seen }
    throw TestbedError("no \(what): \(failure ?? "") \(observations.map(\.description))")
  }

  func stop() {
    state.withLock { $0.isStopped = true }
  }
}
