package import EventLoop

/// What a report says about the service itself.
package struct ServiceInfo: Sendable {
  /// The version of the body's contract.
  package var version = "1"
  /// The version of the program.
  package var releaseID: String
  /// Which of the replicas this is: the host's name.
  package var serviceID: String
  /// For people; left out where `nil`.
  package var description: String?
  /// When the process started.
  package var started: Instant

  package init(releaseID: String, serviceID: String, description: String? = nil, started: Instant) {
    self.releaseID = releaseID
    self.serviceID = serviceID
    self.description = description
    self.started = started
  }
}

/// Where in its life the process is.
package enum Lifecycle: Sendable {
  /// Before it serves: fails for the reason `pending`.
  case starting
  /// Its checks decide.
  case serving
  /// Told to stop, it answers on but fails, so that no new traffic comes.
  case draining
}
