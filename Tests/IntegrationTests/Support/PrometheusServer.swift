import Foundation

/// A real Prometheus on a free loopback port.
final class PrometheusServer: Sendable {
  let port: Int
  private let directory: String
  private let process: Subprocess

  /// Starts a server with a whole prometheus.yml; returns when it is ready.
  ///
  /// - Parameter port: where to listen, of `Scratch.port()`; nil for any.
  init(configuration: String, port: Int? = nil) throws {
    self.port = try port ?? Scratch.port()
    directory = try Scratch.directory("prometheus")
    let file = "\(directory)/prometheus.yml"
    try configuration.write(toFile: file, atomically: false, encoding: .utf8)
    let command = [
      "prometheus", "--config.file=\(file)", "--storage.tsdb.path=\(directory)/data",
      "--web.listen-address=127.0.0.1:\(self.port)",
    ]
    process = try Subprocess(command, output: .file("\(directory)/log"))
    try eventually(within: .seconds(30), every: .milliseconds(50), "start of Prometheus") {
      if let exit = process.exit { throw TestbedError.final("ended with \(exit): \(logText)") }
      return try HTTPClient.get("/-/ready", port: self.port).status == 200
    }
  }

  /// Starts a server that scrapes one target every second.
  convenience init(scraping address: String, path: String = "/metrics") throws {
    try self.init(
      configuration: """
        scrape_configs:
          - job_name: vitals
            scrape_interval: 1s
            scrape_timeout: 1s
            metrics_path: \(path)
            static_configs:
              - targets: ["\(address)"]
        """)
  }

  /// One series of an instant query's answer.
  struct Sample: Equatable {
    let labels: [String: String]
    let value: Double
  }

  /// Evaluates an expression, now or at another time.
  func query(_ expression: String, at time: Date? = nil) throws -> [Sample] {
    var parameters = ["query": expression]
    parameters["time"] = time.map { "\($0.timeIntervalSince1970)" }
    let answer: Vector = try ask("query", parameters)
    return answer.result.map { Sample(labels: $0.metric, value: $0.value.number) }
  }

  /// The labels of all series that an expression has at some time of an interval, looked at each second.
  func series(_ expression: String, from start: Date, to end: Date) throws -> [[String: String]] {
    let answer: Matrix = try ask(
      "query_range",
      [
        "query": expression, "start": "\(start.timeIntervalSince1970)", "end": "\(end.timeIntervalSince1970)",
        "step": "1",
      ])
    return answer.result.map(\.metric)
  }

  /// The names of all metrics that it has ever got.
  func names() throws -> Set<String> {
    try ask("label/__name__/values", [:])
  }

  /// A rule that it evaluates.
  struct Rule: Decodable {
    let name: String
    /// As Prometheus writes it.
    let query: String
    /// `alerting` or `recording`.
    let type: String
  }

  func rules() throws -> [Rule] {
    struct Answer: Decodable { let groups: [Group] }
    struct Group: Decodable { let rules: [Rule] }
    let answer: Answer = try ask("rules", [:])
    return answer.groups.flatMap(\.rules)
  }

  /// The names of the alerts that fire at present.
  func firing() throws -> Set<String> {
    struct Answer: Decodable { let alerts: [Alert] }
    struct Alert: Decodable { let labels: [String: String], state: String }
    let answer: Answer = try ask("alerts", [:])
    return Set(answer.alerts.filter { $0.state == "firing" }.compactMap { $0.labels["alertname"] })
  }

  var logText: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }

  /// Ends the server and deletes its data. Call it when the test is over, in `defer` or `deinit`.
  func stop() {
    process.kill()
    Scratch.remove(directory)
  }

  private func ask<Value: Decodable>(_ path: String, _ parameters: [String: String]) throws -> Value {
    let pairs = parameters.map { name, value in
      "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? value)"
    }
    let target = "/api/v1/\(path)" + (pairs.isEmpty ? "" : "?\(pairs.joined(separator: "&"))")
    let response = try HTTPClient.get(target, port: port)
    let answer = try JSONDecoder().decode(Answer<Value>.self, from: Data(response.body))
    guard let data = answer.data else {
      throw TestbedError("\(path) \(parameters["query"] ?? ""): \(answer.error ?? "no data")")
    }
    return data
  }

  private struct Answer<Value: Decodable>: Decodable {
    let data: Value?
    let error: String?
  }

  private struct Vector: Decodable {
    let result: [Series]

    struct Series: Decodable {
      let metric: [String: String]
      let value: Point
    }

    /// A time and a number as a string, in one array.
    struct Point: Decodable {
      let number: Double

      init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        _ = try container.decode(Double.self)
        number = Double(try container.decode(String.self)) ?? .nan
      }
    }
  }

  private struct Matrix: Decodable {
    let result: [Series]

    struct Series: Decodable {
      let metric: [String: String]
    }
  }
}
