import Foundation
import Testing

/// One run of everything at once: an application with its servers on a swarm, `vitals` that watches all of it, and
/// Prometheus with what is shipped.
///
/// The run is over when the first test begins: each condition was made, one after the other, and Prometheus remembers
/// what there was. The tests ask it.
final class RealRun: Sendable {
  /// The run of the tests that run at present.
  @TaskLocal static var current: RealRun?

  let stores: RealRunStores
  let app: RealRunApp
  let swarm: RealRunSwarm
  let vitals: VitalsProcess
  let prometheus: PrometheusServer
  let record: RealRunRecord
  private let alertmanager: ShippedAlertmanager
  private let directory: String

  init() async throws {
    var endings: [() -> Void] = []
    do {
      async let joining = onThread { try SwarmLab(nodes: 3) }
      async let starting = onThread { try RealRunStores() }
      let lab = try await joining
      endings.append(lab.stop)
      stores = try await starting
      endings.append(stores.stop)
      swarm = try RealRunSwarm(lab, mail: stores.cache.port)
      endings.append(swarm.stop)
      directory = try Scratch.directory("run")
      let statsd = try Scratch.port()
      vitals = try VitalsProcess(serve: Self.flags(stores, swarm, statsd: statsd))
      endings.append(vitals.kill)
      alertmanager = try ShippedAlertmanager(in: directory)
      endings.append(alertmanager.end)
      let port = try Scratch.port()
      let targets = [
        "tasks.vitals": [vitals.port], "tasks.vitals-agent": swarm.agents.map(\.port),
        "tasks.alertmanager": [alertmanager.port], "localhost:9090": [port],
      ]
      prometheus = try PrometheusServer(
        configuration: ShippedMonitoring.configuration(in: directory, targets: targets), port: port)
      endings.append(prometheus.stop)
      // After the service that hears how many workers it has.
      app = try RealRunApp(stores, statsd: statsd)
      endings.append(app.stop)
      record = try RealRunRecord(prometheus)
      try swarm.createServices()
      try play()
    } catch {
      for ending in endings.reversed() { ending() }
      throw error
    }
  }

  func stop() {
    app.stop()
    prometheus.stop()
    alertmanager.end()
    vitals.kill()
    swarm.stop()
    stores.stop()
    Scratch.remove(directory)
  }

  /// What is shipped calls it `vitals`: all but what the agents tell.
  private static func flags(_ stores: RealRunStores, _ swarm: RealRunSwarm, statsd: Int) -> [String] {
    [
      "--refresh", "1s", "--interval", "500ms", "--drain", "0s", "--docker-host", swarm.manager.host, "--node-label",
      "rack", "--statsd", "127.0.0.1:\(statsd)", "--celery-queue", "celery", "--celery-queue", "bulk",
    ] + ["swarm", "postgresql", "redis", "celery", "statsd"].flatMap { ["--collect", $0] } + stores.flags
      + ["--check", "mail=tcp://127.0.0.1:\(stores.broker.port),critical=false"]
  }
}

extension Trait where Self == RealRunTrait {
  /// Gives a suite one ``RealRun``, which ends with its last test.
  static var realRun: Self { RealRunTrait() }
}

struct RealRunTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let run = try await RealRun()
    defer { run.stop() }
    try await RealRun.$current.withValue(run, operation: function)
  }
}
