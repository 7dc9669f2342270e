package import Engine
package import Swarm

/// Why a command did not do what it was asked to, and what to do about it.
package struct OperationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What the command's exit code tells.
  package enum Kind: Int32, Sendable {
    /// It failed, or the engine refused.
    case failed = 1
    /// The swarm went back to what ran before.
    case rolledBack = 2
    /// The swarm stopped in the middle and waits for somebody.
    case paused = 3
    /// It took longer than allowed.
    case deadline = 4
    /// There is no manager to talk to, or the managers have no quorum.
    case noManager = 5
    /// A flag, an argument or a file is wrong (EX_USAGE).
    case usage = 64
    /// Somebody pressed Ctrl-C (128 + SIGINT, as shells have it).
    case interrupted = 130
  }

  package var kind: Kind
  package var message: String
  /// What to do, where that is known.
  package var advice: String?

  package init(_ kind: Kind, _ message: String, advice: String? = nil) {
    self.kind = kind
    self.message = message
    self.advice = advice
  }

  package var description: String { advice.map { "\(message)\n\($0)" } ?? message }
}

extension OperationError {
  /// What an engine's failure means to whoever gives commands.
  package init(_ error: EngineError) {
    switch error.reason {
    case .unreachable(let text):
      self.init(
        .noManager, "no engine at \(error.host): \(text)",
        advice: "Start it, or name another with --docker-host or DOCKER_HOST.")
    case .permissionDenied(let group):
      let member = group.map { "a member of group \($0)" } ?? "allowed to use the socket"
      self.init(.noManager, "\(error.host): permission denied", advice: "Run this as root, or as \(member).")
    case .invalidHost(let text):
      self.init(.usage, "\(error.host): \(text)")
    case .timedOut:
      self.init(.deadline, "\(error.host): \(error.operation): no answer in time")
    case .status(_, let message):
      // Of a container or an image it says nothing about the swarm, whatever its words are.
      if !error.isAboutEngineAlone, let state = SwarmState(refusal: message) {
        self.init(state)
      } else {
        self.init(.failed, "\(error.operation): \(message)")
      }
    case .malformed(let text):
      self.init(.failed, "\(error.host): \(error.operation): \(text)")
    }
  }

  /// An engine that is no manager.
  package init(_ state: SwarmState) {
    let advice =
      state == .worker
      ? "the engine is a worker: run this on a manager, or name one with --docker-host or DOCKER_HOST" : state.advice
    self.init(.noManager, "this engine is no manager that can act: \(state.rawValue)", advice: advice)
  }
}

extension EngineError {
  /// Whether the engine was asked for something that it does without the swarm.
  fileprivate var isAboutEngineAlone: Bool {
    ["containers", "exec", "images", "volumes", "build"].contains { operation.contains(" /\($0)/") }
  }
}

extension Result where Failure == OperationError {
  /// What comes of `body`, for what has to be put in order whatever that is.
  package init(_ body: () async throws(OperationError) -> Success) async {
    do throws(OperationError) {
      self = .success(try await body())
    } catch {
      self = .failure(error)
    }
  }

  package var error: OperationError? { if case .failure(let error) = self { error } else { nil } }
}
