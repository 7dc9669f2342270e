package import Engine

/// Puts the lines of several services' logs in order, and leaves out those that were there before.
///
/// A log that is followed is asked for again after its connection broke, from the time of its last line on: what was written
/// in that moment comes twice.
package struct LogMerger: Sendable {
  package typealias Entry = (service: Int, line: LogLine)

  private var waiting: [Entry] = []
  /// The time of the newest line of each task, by the number of the service.
  private var newest: [Int: [String: String]] = [:]
  /// What `newest` was when the log was asked for again.
  private var cutoff: [Int: [String: String]] = [:]

  package init() {}

  /// Takes a line of the log of a service.
  package mutating func add(_ line: LogLine, of service: Int) {
    // What the engine says itself, and what a terminal shows, has no time.
    if !line.time.isEmpty {
      if let last = cutoff[service]?[line.taskID], line.time <= last { return }
      let last = newest[service]?[line.taskID] ?? ""
      newest[service, default: [:]][line.taskID] = max(last, line.time)
    }
    waiting.append((service, line))
  }

  /// Tells that the log of a service is asked for again.
  ///
  /// - Returns: from when on, in seconds since 1970; nil where there was no line yet.
  package mutating func resume(_ service: Int) -> Double? {
    cutoff[service] = newest[service]
    // A node's clock may be behind another's, and a Double knows the time to a quarter of a microsecond.
    return newest[service]?.values.min().flatMap { Timestamp($0)?.seconds }.map { $0 - 1 }
  }

  /// The lines that have come since the last call, in the order of their times.
  package mutating func take() -> [Entry] {
    defer { waiting = [] }
    return waiting.enumerated().sorted { ($0.element.line.time, $0.offset) < ($1.element.line.time, $1.offset) }
      .map(\.element)
  }
}
