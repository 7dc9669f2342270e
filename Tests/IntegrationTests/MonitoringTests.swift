import Foundation
import Testing

/// What is shipped in prometheus/, with Prometheus and Alertmanager at work; scripts/check-monitoring checks the files.
@Suite(.timeLimit(.minutes(5)))
struct MonitoringTests {
  @Test func `an alert of a service that is watched reaches those who are told, with its runbook`() throws {
    let vitals = try VitalsProcess(serve: ["--interval", "500ms", "--check", "gone=tcp://127.0.0.1:1"])
    defer { vitals.kill() }
    let directory = try Scratch.directory("monitoring")
    defer { Scratch.remove(directory) }
    let alertmanager = try ShippedAlertmanager(in: directory)
    defer { alertmanager.end() }
    let prometheus = try PrometheusServer(
      configuration: configuration(in: directory, vitals: vitals.port, alertmanager: alertmanager.port))
    defer { prometheus.stop() }

    let failing = try alertmanager.alert("HealthCheckFailing")
    // The label that has the runbooks' place is gone.
    #expect(
      failing.labels == [
        "alertname": "HealthCheckFailing", "severity": "critical", "check": "gone", "cluster": "pilito",
      ])
    #expect(failing.receivers.map(\.name) == ["critical"])
    #expect(failing.annotations["summary"] == "The health check gone fails")
    let runbook = try #require(failing.annotations["runbook_url"])
    #expect(try Document(runbook).lines.first == "# HealthCheckFailing")
    // Nobody is an agent here.
    let agent = try alertmanager.alert("TargetDown")
    #expect(agent.labels["job"] == "vitals-agent")
    #expect(agent.receivers.map(\.name) == ["warning"])

    vitals.kill()
    let down = try alertmanager.alert("VitalsDown")
    #expect(down.labels["job"] == "vitals")
    #expect(down.receivers.map(\.name) == ["critical"])
    try eventually(within: .seconds(30), every: .milliseconds(200), "what follows from VitalsDown is not told") {
      try alertmanager.alerts().contains {
        $0.labels["alertname"] == "TargetDown" && $0.labels["job"] == "vitals" && $0.status.state == "suppressed"
      }
    }
  }

  /// The shipped prometheus.yml and rules, which find their targets without DNS and do not wait for an alert to last.
  private func configuration(in directory: String, vitals: Int, alertmanager: Int) throws -> String {
    try FileManager.default.createDirectory(atPath: "\(directory)/rules", withIntermediateDirectories: false)
    let rules = "\(Tool.packageDirectory)/prometheus/rules"
    for name in try FileManager.default.contentsOfDirectory(atPath: rules) {
      try String(contentsOfFile: "\(rules)/\(name)", encoding: .utf8).replacing(/for: [0-9]+[mh]/, with: "for: 1s")
        .write(toFile: "\(directory)/rules/\(name)", atomically: false, encoding: .utf8)
    }
    var text = try Document("prometheus/prometheus.yml").lines.joined(separator: "\n")
      .replacing("- rules/*.yml", with: "- \(directory)/rules/*.yml")
      .replacing(/interval: 15s/, with: "interval: 1s").replacing("scrape_timeout: 10s", with: "scrape_timeout: 1s")
    let ports = ["tasks.vitals": vitals, "tasks.vitals-agent": try Scratch.port(), "tasks.alertmanager": alertmanager]
    for (name, port) in ports {
      let discovery = try Regex(#"dns_sd_configs:\n( +)- names: \[\#(name)\]\n +type: A\n +port: [0-9]+"#)
      text.replace(discovery) { match in
        "static_configs:\n\(match.output[1].substring ?? "")- targets: [\"127.0.0.1:\(port)\"]"
      }
    }
    #expect(!text.contains("dns_sd_configs"))
    return text
  }
}

/// Alertmanager with the shipped configuration, which reaches nobody outside.
private final class ShippedAlertmanager: Sendable {
  /// An alert as the API tells it.
  struct Alert: Decodable {
    struct Receiver: Decodable { let name: String }
    struct Status: Decodable { let state: String }

    let labels: [String: String]
    let annotations: [String: String]
    let receivers: [Receiver]
    let status: Status
  }

  let port: Int
  private let process: LoggedProcess

  init(in directory: String) throws {
    let shipped = "\(Tool.packageDirectory)/prometheus"
    try String(contentsOfFile: "\(shipped)/alertmanager.yml", encoding: .utf8)
      .replacing("mail.example.com:587", with: "127.0.0.1:1").replacing("/run/secrets", with: directory)
      .write(toFile: "\(directory)/alertmanager.yml", atomically: false, encoding: .utf8)
    let template = "alertmanager.tmpl"
    try FileManager.default.copyItem(atPath: "\(shipped)/\(template)", toPath: "\(directory)/\(template)")
    let port = try Scratch.port()
    let command = [
      "prometheus-alertmanager", "--config.file=\(directory)/alertmanager.yml", "--storage.path=\(directory)/data",
      "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
    ]
    process = try LoggedProcess(command, environment: [:]) { _ in
      try HTTPClient.get("/-/ready", port: port).status == 200
    }
    self.port = port
  }

  func alerts() throws -> [Alert] {
    let response = try HTTPClient.get("/api/v2/alerts", port: port)
    return try JSONDecoder().decode([Alert].self, from: Data(response.body))
  }

  /// Waits for an alert of that name.
  func alert(_ name: String) throws -> Alert {
    try eventually(within: .seconds(60), every: .milliseconds(200), name) {
      try alerts().first { $0.labels["alertname"] == name }
    }
  }

  func end() { process.end() }
}
