/// The refreshes of the swarm's snapshot, as `/metrics` tells of them.
struct SwarmRefreshes {
  /// A refresh that has succeeded, in seconds since 1970.
  struct Refresh {
    let start: Double
    let end: Double
  }

  private static let end = "vitals_collector_last_success_timestamp_seconds"
  private static let duration = "vitals_collector_duration_seconds"
  private static let path = "/metrics?name%5B%5D=\(end)&name%5B%5D=\(duration)"
  /// A refresh is due every few seconds; one of a large swarm may take some.
  private static let limit = 90.0

  private let port: UInt16
  private(set) var latest: Refresh?

  init(of server: Server) { port = server.port }

  /// Waits until one has succeeded that was not known yet.
  @discardableResult
  mutating func awaitNext() throws -> Refresh {
    var found = latest
    try poll(for: "a refresh of the swarm", limit: Self.limit, every: 0.25) {
      let text = try Connection.fetch(Self.path, port: port).text
      if let end = Self.sample(Self.end, in: text), let duration = Self.sample(Self.duration, in: text), end > 0 {
        found = Refresh(start: end - duration, end: end)
      }
      return found != nil && found?.end != latest?.end
    }
    latest = found
    guard let found else { throw Failure("no refresh of the swarm") }
    return found
  }

  private static func sample(_ family: String, in text: String) -> Double? {
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(family){") && $0.contains("collector=\"swarm\"") }
    return line?.split(separator: " ").last.flatMap { Double($0) }
  }
}
