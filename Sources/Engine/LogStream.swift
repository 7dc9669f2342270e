package import EventLoop

/// Reads what containers write to their standard output and standard error, wherever in the swarm they run.
///
/// It keeps its client busy for as long as it reads: whoever follows a log has a client for that alone.
package struct LogStream: Sendable {
  /// Whose log it is, by id.
  package enum Origin: Sendable {
    /// All tasks of a service, also those of the history.
    case service(String)
    case task(String)
  }

  package struct Options: Sendable {
    /// How many of the last lines of each task; nil for all.
    package var tail: Int?
    /// Lines from then on, in seconds since 1970; nil for all.
    package var since: Double?
    /// Whether to wait for more.
    package var follows = false
    /// Whether the containers have a terminal: then the log is plain text, and tells neither times nor tasks.
    package var hasTerminal = false

    package init() {}
  }

  /// In bytes; engines cut lines at 16 KiB.
  private static let longestLine = 1 << 20

  private let client: Client

  package init(_ client: Client) { self.client = client }

  /// Reads a log, and hands its lines over as they arrive: those of one task in order, those of several mixed.
  ///
  /// - Throws: as `Client.stream`, and `malformed` where the answer is no log. A log that is followed ends where the connection
  ///   does, also without an error.
  package func read(
    _ origin: Origin, _ options: Options = Options(), before deadline: Instant, _ body: (LogLine) -> Void
  ) async throws(EngineError) {
    let path =
      switch origin {
      case .service(let id): "/services/\(id)/logs"
      case .task(let id): "/tasks/\(id)/logs"
      }
    let query: KeyValuePairs<String, String> = [
      "stdout": "1", "stderr": "1", "timestamps": "1", "details": "1",
      "follow": options.follows ? "1" : "0", "tail": options.tail.map { "\($0)" } ?? "all",
      "since": LogStream.seconds(options.since ?? 0),
    ]
    var frames = Frames()
    var line: [UInt8] = []
    // A service may have nothing to say for days.
    let silence: Duration? = options.follows ? .seconds(365 * 86_400) : nil
    try await client.stream(path, query: query, before: deadline, silence: silence) { piece throws(EngineError) in
      if options.hasTerminal {
        line.append(contentsOf: piece)
        while let end = line.firstIndex(of: UInt8(ascii: "\n")) {
          body(LogLine(.stdout, line[...end]))
          line.removeSubrange(...end)
        }
      } else {
        do throws(Frames.Malformed) {
          var offset = 0
          while let (source, range) = try frames.next(piece, from: &offset) {
            line.append(contentsOf: piece[range])
            // Each frame is a line, or a part of one that is too long for a frame.
            guard frames.isComplete else { continue }
            body(LogLine(source, line))
            line.removeAll(keepingCapacity: true)
          }
        } catch {
          throw malformed("not in frames", path)
        }
      }
      guard line.count <= LogStream.longestLine else { throw malformed("a line is too long", path) }
    }
    if options.hasTerminal {
      if !line.isEmpty { body(LogLine(.stdout, line)) }
    } else if !options.follows, !frames.isComplete {
      throw malformed("cut off", path)
    }
  }

  private func malformed(_ reason: String, _ path: String) -> EngineError {
    EngineError(.malformed("no log: \(reason)"), "GET \(path)", host: client.host.description)
  }

  /// Seconds with nine digits behind the point, as engines read them: a Double's own text may have an exponent.
  private static func seconds(_ value: Double) -> String {
    let nanoseconds = Int64(min(max(0, value), 9e9) * 1e9)
    let fraction = String(nanoseconds % 1_000_000_000)
    return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.count) + fraction
  }
}
