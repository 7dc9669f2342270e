package import Health

extension Overview {
  /// A swarm as one of its managers sees it, or why there is none to see.
  package struct Swarm: Sendable {
    /// What the engine is to a swarm, by the name of `swarm_state`; nil before the first answer.
    package var state: String?
    /// What that means and what to do about it; nil on a manager, where nothing is to be done.
    package var advice: String?
    /// When the numbers were taken; nil where there are none, or none that are recent.
    package var taken: WallTime?
    package var services: [Service] = []
    package var nodes: [Node] = []
    /// Running tasks of all services.
    package var runningTasks = 0

    package init(state: String? = nil, advice: String? = nil) {
      self.state = state
      self.advice = advice
    }
  }

  /// A service of the swarm.
  package struct Service: Sendable {
    package var name: String
    package var stack = ""
    /// Whether its tasks are to end.
    package var isJob = false
    package var desired: Int
    package var running: Int
    /// Of a job, tasks that ran to their end and those that are to.
    package var completed: (count: Int, of: Int)?
    package var update: Update?
    /// Since when a task waits for a node that it can run on.
    package var pendingSince: WallTime?
    package var lastFailure: Failure?

    package init(name: String, desired: Int, running: Int) {
      self.name = name
      self.desired = desired
      self.running = running
    }
  }

  /// The last update of a service's tasks.
  package struct Update: Sendable {
    package enum State: Sendable {
      case updating, paused, completed, rollingBack, rollbackPaused, rolledBack
    }

    package var state: State
    /// Running replicas that are made from the present specification.
    package var updated: Int
    package var started: WallTime?
    package var ended: WallTime?

    package init(_ state: State, updated: Int, started: WallTime? = nil, ended: WallTime? = nil) {
      self.state = state
      self.updated = updated
      self.started = started
      self.ended = ended
    }
  }

  /// The last failure of one of a service's tasks.
  package struct Failure: Sendable {
    /// By the values of the label `reason` of `swarm_service_task_failures_total`.
    package enum Reason: String, Sendable {
      case exit, unhealthy, oom, rejected, orphaned
    }

    package var reason: Reason
    /// Nil where its process did not begin.
    package var exitCode: Int?
    package var time: WallTime

    package init(_ reason: Reason, exitCode: Int? = nil, time: WallTime) {
      self.reason = reason
      self.exitCode = exitCode
      self.time = time
    }
  }

  /// A node of the swarm.
  package struct Node: Sendable {
    package var name: String
    /// `ready`, `down`, `disconnected` or `unknown`.
    package var state: String
    /// `active`, `pause` or `drain`.
    package var availability: String
    package var manager: Manager?
    package var runningTasks: Int

    /// What a manager is to the others.
    package struct Manager: Sendable {
      package var isLeader: Bool
      package var isReachable: Bool

      package init(isLeader: Bool, isReachable: Bool) {
        self.isLeader = isLeader
        self.isReachable = isReachable
      }
    }

    package init(name: String, state: String, availability: String, manager: Manager? = nil, runningTasks: Int) {
      self.name = name
      self.state = state
      self.availability = availability
      self.manager = manager
      self.runningTasks = runningTasks
    }
  }
}
