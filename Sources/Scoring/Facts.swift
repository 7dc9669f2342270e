/// What is known at one time of all that a score looks at.
package struct Facts: Sendable {
  /// Nil where nobody watches a swarm.
  package var swarm: SwarmAnswer?
  package var postgres: [Store] = []
  package var redis: [Store] = []
  package var endpoints: [Endpoint] = []
  /// Nil where no broker is watched.
  package var celery: CeleryAnswer?
  /// Nil where no filesystem is watched; empty where none could be read.
  package var filesystems: [Filesystem]?
  package var collectors: [Collector] = []

  package init() {}

  /// What a check says of something that is asked whether it is there.
  package enum Presence: Equatable, Sendable {
    case up
    /// Why not.
    case down(String)
    /// It has not been asked yet.
    case unknown
  }

  /// A server of PostgreSQL or Redis.
  package struct Store: Sendable {
    /// The name of its check.
    package var name: String
    package var presence: Presence
    /// Whether the service can't do its work without it.
    package var isCritical: Bool
    /// The share of the connections, or of the memory, that is taken; nil where that is not known or not limited.
    package var usage: Double?
    /// Whether it throws keys away because its memory is full.
    package var isEvicting = false

    package init(name: String, _ presence: Presence, isCritical: Bool = true) {
      self.name = name
      self.presence = presence
      self.isCritical = isCritical
    }
  }

  /// Something else that is asked whether it is there: an HTTP server, a port.
  package struct Endpoint: Sendable {
    package var name: String
    package var presence: Presence
    package var isCritical: Bool

    package init(name: String, _ presence: Presence, isCritical: Bool = true) {
      self.name = name
      self.presence = presence
      self.isCritical = isCritical
    }
  }

  package enum CeleryAnswer: Sendable {
    case facts(Celery)
    /// The broker does not answer.
    case unavailable
  }

  package struct Celery: Sendable {
    /// Workers that are up.
    package var workers: Int
    /// Messages that wait, by queue.
    package var queues: [(name: String, length: Int)]
    /// For how many seconds messages have been waiting while no task was begun; 0 where tasks are.
    package var stalledSeconds: Double

    package init(workers: Int, queues: [(name: String, length: Int)], stalledSeconds: Double = 0) {
      self.workers = workers
      self.queues = queues
      self.stalledSeconds = stalledSeconds
    }
  }

  package struct Filesystem: Sendable {
    package var mountpoint: String
    /// The share that users other than root may still take.
    package var free: Double

    package init(mountpoint: String, free: Double) {
      self.mountpoint = mountpoint
      self.free = free
    }
  }

  /// A source of what is known.
  package struct Collector: Sendable {
    package var name: String
    /// Whether what it brought last is too old to count.
    package var isStale: Bool

    package init(name: String, isStale: Bool) {
      self.name = name
      self.isStale = isStale
    }
  }
}
