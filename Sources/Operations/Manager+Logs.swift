package import Engine
package import EventLoop

extension Manager {
  /// The last lines that a task has written, wherever it ran; its container has to be there still.
  package func lastLines(
    _ count: Int, of taskID: String, before deadline: Instant
  ) async throws(OperationError) -> [LogLine] {
    var options = LogStream.Options()
    options.tail = count
    options.hasTerminal = try await hasTerminal(.task(taskID), before: deadline)
    return try await lines(of: .task(taskID), options, before: deadline)
  }

  /// Whether the containers of a log have a terminal.
  package func hasTerminal(_ origin: LogStream.Origin, before deadline: Instant) async throws(OperationError) -> Bool {
    let template =
      switch origin {
      case .service(let id): try await object("/services/\(id)", before: deadline)["Spec"]["TaskTemplate"]
      case .task(let id): try await object("/tasks/\(id)", before: deadline)["Spec"]
      }
    return template["ContainerSpec"]["TTY"] == .bool(true)
  }

  /// A log from one end to the other, in the order of the times.
  package func lines(
    of origin: LogStream.Origin, _ options: LogStream.Options, before deadline: Instant
  ) async throws(OperationError) -> [LogLine] {
    var lines: [LogLine] = []
    try await mapped { () throws(EngineError) in
      try await LogStream(client).read(origin, options, before: deadline) { lines.append($0) }
    }
    // Sorted with their places, as one write may be several lines of one time.
    return lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
  }
}
