public import EventLoop

/// What a check is about, by the names of draft-inadarei-api-health-check-06, section 4.2.
public enum ComponentType: String, Sendable {
  /// A database, cache or queue.
  case datastore
  /// Another service.
  case component
  /// The machine or the process itself.
  case system
}

/// Why one run of a check failed.
public struct CheckFailure: Error, Sendable {
  /// What is told to everyone.
  public var reason: Reason
  /// The driver's own text, for the log only.
  ///
  /// It holds no password: whoever makes it removes them.
  public var detail: String

  /// A failure for `reason`, with `detail` for the log.
  public init(_ reason: Reason, detail: String = "") {
    self.reason = reason
    self.detail = detail
  }
}

/// A dependency that can be asked whether it works.
///
/// One worker owns a check. It calls one method at a time, all on the event loop's thread, so a check may keep a
/// connection and needs no lock. Nothing here may block: every wait is one of the event loop's.
///
///     struct Always: Check {
///       func check(before deadline: Instant) async throws(CheckFailure) {}
///     }
public protocol Check: Sendable {
  /// What the check is about.
  var componentType: ComponentType { get }

  /// How many connections were opened so far; all but the first count as reconnects.
  var connections: Int { get }

  /// Asks the dependency once. The worker measures how long it takes.
  ///
  /// A connection found dead is opened anew once before that counts as a failure.
  ///
  /// - Parameter deadline: covers all of it: resolving, connecting, authenticating, asking. Past it, the check throws
  ///   `timeout` and gives up what it was doing, connection included.
  /// - Throws: why the dependency does not work, or seems not to.
  func check(before deadline: Instant) async throws(CheckFailure)

  /// Watches the idle connection between two runs, so that a server that goes away is noticed at once.
  ///
  /// - Parameter deadline: when the next run is due.
  /// - Returns: `true` as soon as the connection is lost, for which the worker runs the check at once; `false` at the
  ///   deadline, when the task is cancelled, or earlier where there is nothing to watch. The worker waits out the rest.
  func watch(until deadline: Instant) async -> Bool

  /// Closes the connection. Called once, after which no other method is.
  func close() async
}

extension Check {
  /// A service, unless the check says otherwise.
  public var componentType: ComponentType { .component }

  /// None: a check without a lasting connection.
  public var connections: Int { 0 }

  /// Returns at once: a check without a lasting connection has nothing to watch.
  public func watch(until deadline: Instant) async -> Bool { false }

  /// Does nothing.
  public func close() async {}
}
