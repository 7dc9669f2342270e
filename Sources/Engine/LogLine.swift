/// A line that a container has written.
package struct LogLine: Equatable, Sendable {
  /// Of the engine's own: that it can't get at a part of the log.
  package var source: Frames.Source
  /// RFC 3339 in UTC with nine digits of a second, so that the order of the texts is that of the times.
  package var time: String
  /// Empty where the engine does not tell.
  package var taskID: String
  /// Empty where the engine does not tell.
  package var nodeID: String
  /// Without the line break.
  package var text: String

  package init(source: Frames.Source, time: String = "", taskID: String = "", nodeID: String = "", text: String) {
    self.source = source
    self.time = time
    self.taskID = taskID
    self.nodeID = nodeID
    self.text = text
  }

  /// Reads what an engine writes with `timestamps` and `details`: a time, `NAME=VALUE,NAME=VALUE`, and the line.
  init(_ source: Frames.Source, _ payload: some Collection<UInt8>) {
    var rest = String(decoding: payload, as: UTF8.self)[...]
    if rest.hasSuffix("\r\n") { rest.removeLast() } else if rest.hasSuffix("\n") { rest.removeLast() }
    self.init(source: source, text: "")
    // What the engine says itself has neither.
    if source != .engine, let space = rest.firstIndex(of: " "), Timestamp(String(rest[..<space])) != nil {
      time = String(rest[..<space])
      rest = rest[rest.index(after: space)...]
      if let space = rest.firstIndex(of: " ") {
        for detail in rest[..<space].split(separator: ",") {
          if detail.hasPrefix("com.docker.swarm.task.id=") { taskID = String(detail.drop { $0 != "=" }.dropFirst()) }
          if detail.hasPrefix("com.docker.swarm.node.id=") { nodeID = String(detail.drop { $0 != "=" }.dropFirst()) }
        }
        rest = rest[rest.index(after: space)...]
      }
    }
    text = String(rest)
  }
}
