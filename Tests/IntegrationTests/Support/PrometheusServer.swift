import Foundation

/// A real Prometheus on a free loopback port.
final class PrometheusServer: Sendable {
  let port: Int
  private let directory: String
  private let process: Subprocess

  /// Starts a server with a whole prometheus.yml; returns when it is ready.
  init(configuration: String) throws {
    port = try Scratch.port()
    directory = try Scratch.directory("prometheus")
    let file = "\(directory)/prometheus.yml"
    try configuration.write(toFile: file, atomically: false, encoding: .utf8)
    let command = [
      "prometheus", "--config.file=\(file)", "--storage.tsdb.path=\(directory)/data",
      "--web.listen-address=127.0.0.1:\(port)",
    ]
    process = try Subprocess(command, output: .file("\(directory)/log"))
    try eventually(within: .seconds(30), every: .milliseconds(50), "start of Prometheus") {
      if let exit = process.exit { throw TestbedError.final("ended with \(exit): \(logText)") }
      return try HTTPClient.get("/-/ready", port: port).status == 200
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

  /// Evaluates an expression now.
  func query(_ expression: String) throws -> [Sample] {
    let allowed = CharacterSet.alphanumerics
    let encoded = expression.addingPercentEncoding(withAllowedCharacters: allowed) ?? expression
    let response = try HTTPClient.get("/api/v1/query?query=\(encoded)", port: port)
    let answer = try JSONDecoder().decode(Answer.self, from: Data(response.body))
    guard let data = answer.data else { throw TestbedError("\(expression): \(answer.error ?? "no data")") }
    return data.result.map { Sample(labels: $0.metric, value: $0.value.number) }
  }

  var logText: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }

  /// Ends the server and deletes its data. Call it when the test is over, in `defer` or `deinit`.
  func stop() {
    process.kill()
    Scratch.remove(directory)
  }

  private struct Answer: Decodable {
    struct Payload: Decodable {
      let result: [Series]
    }

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

    let data: Payload?
    let error: String?
  }
}
