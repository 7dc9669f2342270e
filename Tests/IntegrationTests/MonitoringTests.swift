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
    let port = try Scratch.port()
    let ports = [
      "tasks.vitals": vitals.port, "tasks.vitals-agent": try Scratch.port(), "tasks.alertmanager": alertmanager.port,
      "localhost:9090": port,
    ]
    let prometheus = try PrometheusServer(
      configuration: ShippedMonitoring.configuration(in: directory, targets: ports.mapValues { [$0] }), port: port)
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
}
