import Foundation

/// The body of `/health/` and of `/health/checks/NAME`, as a client decodes it.
struct HealthBody: Decodable {
  struct Entry: Decodable {
    let componentType: String
    let status: String
    let reason: String?
    let observedValue: Double?
    let critical: Bool?
    let ageMs: Int?
    let consecutiveFailures: Int?
    let since: String?
    let lastSuccess: String?
  }

  let status: String
  let releaseId: String?
  let output: String?
  let notes: [String]?
  let checks: [String: [Entry]]

  init(_ response: HTTPResponse) throws {
    self = try JSONDecoder().decode(HealthBody.self, from: Data(response.body))
  }

  /// What is said about one check.
  subscript(check: String) -> Entry? { checks["\(check):responseTime"]?.first }

  /// The checks' names.
  var names: Set<String> { Set(checks.keys.filter { $0 != "uptime" }.map { $0.replacing(":responseTime", with: "") }) }
}

extension VitalsProcess {
  /// The answer to `/health/`.
  func health() throws -> (code: Int, body: HealthBody) {
    let response = try get("/health/")
    return (response.status, try HealthBody(response))
  }

  /// The reason that `/health/` gives for one check; nil while it passes.
  func reason(_ check: String) throws -> String? { try health().body[check]?.reason }

  /// Waits until `/health/` has this status code, and for this reason where one is given.
  func waitForHealth(
    _ code: Int, _ reason: String? = nil, of check: String? = nil, within limit: Duration = .seconds(20)
  )
    throws
  {
    var last = ""
    do {
      try eventually(within: limit, "\(code) \(reason ?? "")") {
        let (newest, body) = try health()
        last = "\(newest) \(body.output ?? "")"
        guard newest == code else { return false }
        guard let check else { return true }
        return body[check]?.reason == reason
      }
    } catch {
      throw TestbedError("\(error); last answer: \(last)")
    }
  }

  /// The value of the series of `/metrics` that is written exactly so; nil where there is none.
  func metric(_ series: String) throws -> Double? {
    let lines = try get("/metrics").text.split(separator: "\n")
    let line = lines.first { $0.hasPrefix("\(series) ") }
    return line.flatMap { Double($0.dropFirst(series.count + 1)) }
  }
}
