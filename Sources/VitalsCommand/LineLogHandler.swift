import Glibc
import Health
import Logging
import Vitals

/// Writes each message as one line to standard error: `TIME LEVEL MESSAGE KEY=VALUE ...`, or a JSON object.
///
/// A reader that has stopped reading must not stop the event loop: a line that the pipe has no room for is dropped, and
/// the next one that is written says how many were.
struct LineLogHandler: LogHandler {
  /// What the copies of a handler share.
  private final class Sink: @unchecked Sendable {
    var dropped = 0

    /// Whether a line can be written without waiting.
    var isReady: Bool {
      var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
      return poll(&descriptor, 1, 0) == 1
    }
  }

  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  private let isJSON: Bool
  private let sink = Sink()

  init(level: Logger.Level, isJSON: Bool) {
    logLevel = level
    self.isJSON = isJSON
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    guard sink.isReady else {
      sink.dropped += 1
      return
    }
    var all = metadata
    if let given = event.metadata { all.merge(given) { $1 } }
    if sink.dropped > 0 { all["dropped_lines"] = "\(sink.dropped)" }
    sink.dropped = 0
    let pairs = all.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
    let line = isJSON ? json(event, pairs) : text(event, pairs)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  private func text(_ event: LogEvent, _ pairs: [(String, String)]) -> [UInt8] {
    var line: [UInt8] = []
    WallTime.now.write(into: &line)
    line += " \(event.level) \(event.message)".utf8
    for (key, value) in pairs {
      line += " \(key)=".utf8
      let isPlain = !value.isEmpty && value.unicodeScalars.allSatisfy { $0 > " " && $0 != "\"" && $0 != "=" }
      if isPlain {
        line += value.utf8
      } else {
        // Quoted as in JSON, so that a line end within it does not end the line.
        JSONWriter.append(to: &line) { $0.value(value) }
      }
    }
    return line + [UInt8(ascii: "\n")]
  }

  private func json(_ event: LogEvent, _ pairs: [(String, String)]) -> [UInt8] {
    var line: [UInt8] = []
    JSONWriter.append(to: &line) { json in
      json.beginObject()
      json.key("time")
      json.value(WallTime.now)
      for (key, value) in [("level", event.level.rawValue), ("message", "\(event.message)")] + pairs {
        json.key(key, "")
        json.value(value)
      }
      json.endObject()
    }
    return line + [UInt8(ascii: "\n")]
  }
}
