package import Health
package import Scoring

/// What the collectors know that people want to see, beside the numbers that they have for Prometheus.
///
/// Each collector fills in its part, anew for each page. Texts may come from anywhere: the page escapes them.
package struct Overview: Sendable {
  /// Nil where nobody looks at a swarm.
  package var swarm: Swarm?
  package var queues: [Queue] = []
  package var workers: [Worker] = []
  /// Nil where nobody makes one.
  package var score: Score?
  /// The collectors themselves.
  package var sources: [Source] = []

  package init() {}

  /// A queue of tasks.
  package struct Queue: Sendable {
    package var name: String
    /// Tasks that wait in it.
    package var length: Int

    package init(name: String, length: Int) {
      self.name = name
      self.length = length
    }
  }

  /// A process that takes tasks from queues.
  package struct Worker: Sendable {
    package var name: String
    package var isUp: Bool
    /// Tasks that it works on; nil where it does not say.
    package var activeTasks: Int?
    package var lastHeartbeat: WallTime?

    package init(name: String, isUp: Bool, activeTasks: Int? = nil, lastHeartbeat: WallTime? = nil) {
      self.name = name
      self.isUp = isUp
      self.activeTasks = activeTasks
      self.lastHeartbeat = lastHeartbeat
    }
  }

  /// A collector.
  package struct Source: Sendable {
    package var name: String
    /// Whether its last refresh succeeded; nil before the first one ended.
    package var isUp: Bool?
    /// When its last successful refresh ended.
    package var lastSuccess: WallTime?

    package init(name: String, isUp: Bool?, lastSuccess: WallTime? = nil) {
      self.name = name
      self.isUp = isUp
      self.lastSuccess = lastSuccess
    }
  }
}
