import HTTP
package import Metrics

/// What a server counts of its own work.
///
/// Counting is on the way of every request, so the counts lie in one table with a place for each route, method and code.
package final class ServerStatistics: @unchecked Sendable {
  private static let methods = ["GET", "HEAD", "OPTIONS", "other"]
  private static let statuses = Status.allCases
  /// The place of a code in `statuses`.
  private static let statusIndex: [UInt8] = {
    var index = [UInt8](repeating: 0, count: 600)
    for (place, status) in statuses.enumerated() { index[status.code] = UInt8(place) }
    return index
  }()
  /// In seconds: an answer is a copy of finished bytes, so what matters lies far below a millisecond.
  private static let durationBounds = [
    0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025, 0.1, 1,
  ]
  private static let sizeBounds = [256.0, 1024, 4096, 16384, 65536, 262_144, 1_048_576]

  private let handlers: [String]
  private var requests: [UInt64]
  private let durations: [Histogram]
  private let sizes: [Histogram]
  package internal(set) var connections = 0
  package internal(set) var accepted = 0
  package internal(set) var turnedAway = 0
  package internal(set) var inFlight = 0

  /// - Parameter handlers: the names of the routes, in the order of their indices.
  init(handlers: [String]) {
    self.handlers = handlers
    let each = ServerStatistics.methods.count * ServerStatistics.statuses.count
    requests = Array(repeating: 0, count: each * handlers.count)
    durations = handlers.map { Histogram(bounds: ServerStatistics.durationBounds, ["handler": $0]) }
    sizes = handlers.map { Histogram(bounds: ServerStatistics.sizeBounds, ["handler": $0]) }
  }

  /// Counts one answer.
  ///
  /// - Parameters:
  ///   - route: the index of the handler.
  ///   - method: nil where the request was not one.
  ///   - seconds: from the turn that saw the request complete to the answer's last byte in the buffer.
  ///   - size: bytes of the body.
  func count(route: Int, method: Method?, status: Status, seconds: Double, size: Int) {
    let method =
      switch method {
      case .get: 0
      case .head: 1
      case .options: 2
      default: 3
      }
    let place = Int(ServerStatistics.statusIndex[status.code])
    requests[(route * ServerStatistics.methods.count + method) * ServerStatistics.statuses.count + place] += 1
    durations[route].observe(seconds)
    sizes[route].observe(Double(size))
  }

  /// The `http_` families; the caller puts them among the others.
  package func families() -> [Family] {
    var total = Family("http_requests_total", .counter, help: "Requests answered, by status code, method and handler.")
    var duration = Family(
      "http_request_duration_seconds", .histogram,
      help: "Time from seeing a request complete to having its answer ready to send.", unit: "seconds")
    var size = Family("http_response_size_bytes", .histogram, help: "Size of the answers' bodies.", unit: "bytes")
    for (route, handler) in handlers.enumerated() {
      duration.add(durations[route])
      size.add(sizes[route])
      for (m, method) in ServerStatistics.methods.enumerated() {
        for (s, status) in ServerStatistics.statuses.enumerated() {
          let count = requests[(route * ServerStatistics.methods.count + m) * ServerStatistics.statuses.count + s]
          // What every handler answers some day is there from the start, so that a rate has a beginning.
          guard count > 0 || (method == "GET" && status == .ok) else { continue }
          total.add(Int(count), ["code": String(status.code), "method": method, "handler": handler])
        }
      }
    }
    var inFlight = Family("http_requests_in_flight", .gauge, help: "Requests begun and not yet answered in full.")
    inFlight.add(self.inFlight)
    var open = Family("http_connections", .gauge, help: "Open client connections.")
    open.add(connections)
    var accepted = Family("http_connections_accepted_total", .counter, help: "Client connections accepted.")
    accepted.add(self.accepted)
    var rejected = Family(
      "http_connections_rejected_total", .counter, help: "Client connections answered 503 because too many were open.")
    rejected.add(turnedAway)
    return [total, duration, size, inFlight, open, accepted, rejected]
  }
}
