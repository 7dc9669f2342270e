import Engine

/// What the engine is to a swarm.
///
/// Only a manager can be asked about the swarm; the other states are answers too.
package enum SwarmState: String, CaseIterable, Sendable {
  case manager
  case worker
  /// A manager that waits for its key after a restart (`docker swarm unlock`).
  case locked
  /// A manager, but more than half of the managers can't be reached.
  case noQuorum = "no_quorum"
  /// The engine is in no swarm.
  case inactive
  /// No engine answers.
  case noEngine = "no_engine"
  /// The engine is joining a swarm.
  case pending
  /// The engine failed to join its swarm again, or its certificate has expired.
  case error

  /// What it means and what to do, for the log.
  package var advice: String {
    switch self {
    case .manager: "the engine is a manager"
    case .worker:
      "the engine is a worker: run this service on a manager (constraint node.role==manager) for swarm metrics"
    case .locked: "the swarm is locked on this engine: run docker swarm unlock here"
    case .noQuorum:
      "the swarm has no leader: bring back more than half of the managers, or run docker swarm init --force-new-cluster"
    case .inactive: "the engine is in no swarm: run docker swarm init, or docker swarm join"
    case .noEngine: "no engine answers: is it running, and is its socket mounted into this container?"
    case .pending: "the engine is joining a swarm: wait, and look at its log if this lasts"
    case .error:
      "the engine can't take part in its swarm: see docker info; leaving and joining again issues a new certificate"
    }
  }

  /// Reads the field Swarm of a ping.
  package init?(ping: String) {
    switch ping {
    case "active/manager": self = .manager
    case "active/worker": self = .worker
    case "inactive": self = .inactive
    case "locked": self = .locked
    case "pending": self = .pending
    case "error": self = .error
    default: return nil
    }
  }

  /// Reads an engine's refusal of a question about the swarm; nil where it says nothing about the swarm's state.
  package init?(refusal message: String) {
    if message.contains("does not have a leader") || message.contains("context deadline exceeded") {
      self = .noQuorum
    } else if message.contains("needs to be unlocked") {
      self = .locked
    } else if message.contains("certificates have expired") {
      self = .error
    } else if message.contains("Worker nodes can't be used") {
      self = .worker
    } else if message.contains("docker swarm init") {
      self = .inactive
    } else {
      return nil
    }
  }
}

extension SwarmState {
  init(_ info: Info) {
    switch info.state {
    case "active": self = info.isManager ? .manager : .worker
    case "locked": self = .locked
    case "pending": self = .pending
    case "error": self = .error
    default: self = .inactive
    }
  }
}
