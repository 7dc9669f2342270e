import Foundation

/// Alertmanager with the shipped configuration, which reaches nobody outside.
final class ShippedAlertmanager: Sendable {
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
