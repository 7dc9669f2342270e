/// What waits and what goes through, by the metrics of a vitals.
package struct Traffic: Encodable, Equatable, Sendable {
  package struct Queue: Encodable, Equatable, Sendable {
    package var name: String
    package var length: Int
  }

  /// Of Celery, by name.
  package var queues: [Queue] = []
  /// Tasks that workers began; nil where that is not known, as of every rate.
  package var tasksPerSecond: Double?
  /// Requests that gunicorn answered.
  package var requestsPerSecond: Double?
  /// Those of them that failed, with a status of 500 and above.
  package var failuresPerSecond: Double?

  package init() {}
}

/// Makes rates of counters that are read again and again.
package struct TrafficMeter: Sendable {
  /// What is asked of `/metrics`.
  package static let path =
    "/metrics?"
    + [
      "celery_queue_length", "celery_worker_tasks_processed_total", "gunicorn_requests_total",
      "gunicorn_request_status_total",
    ]
    .map { "name[]=\($0)" }.joined(separator: "&")

  /// Over how many seconds a rate is taken: some refreshes of the collectors.
  private static let window = 60.0

  private struct Reading {
    var time: Double
    var tasks: Double?
    var requests: Double?
    var failures: Double?
  }

  private var readings: [Reading] = []

  package init() {}

  /// Takes a page that was read at `time`, in seconds.
  package mutating func read(_ page: String, at time: Double) -> Traffic {
    let metrics = MetricsText(page)
    let reading = Reading(
      time: time, tasks: metrics.sum("celery_worker_tasks_processed_total"),
      requests: metrics.sum("gunicorn_requests_total"),
      failures: metrics.sum("gunicorn_request_status_total") { $0["code"]?.hasPrefix("5") ?? false })
    readings.removeAll { $0.time < time - TrafficMeter.window || $0.time >= time }
    readings.append(reading)
    var traffic = Traffic()
    traffic.queues = metrics["celery_queue_length"].map { sample in
      Traffic.Queue(
        name: sample.labels["queue_name"] ?? "", length: sample.value.isFinite ? Int(min(sample.value, 1e15)) : 0)
    }.sorted { $0.name < $1.name }
    traffic.tasksPerSecond = rate(\.tasks)
    traffic.requestsPerSecond = rate(\.requests)
    // None has failed yet where there is no such series.
    traffic.failuresPerSecond = traffic.requestsPerSecond == nil ? nil : rate(\.failures) ?? 0
    return traffic
  }

  /// What was added between the first reading and the last, a second; nil where a counter began anew meanwhile.
  private func rate(_ counter: KeyPath<Reading, Double?>) -> Double? {
    let known = readings.filter { $0[keyPath: counter] != nil }
    guard let first = known.first, let last = readings.last, last.time > first.time,
      let a = first[keyPath: counter], let b = last[keyPath: counter], b >= a
    else { return nil }
    return (b - a) / (last.time - first.time)
  }
}
