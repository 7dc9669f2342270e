import EventLoop
import HTTP
import Health
import Metrics
import Server

/// `/metrics`: what the collectors have brought, and what is known here at this moment.
///
/// A scrape asks nobody anything, so it takes the same time whatever the state of what is watched, and its status is 200.
final class MetricsRoute: @unchecked Sendable {
  private static let formats: [Format] = [.text, .openMetrics, .openMetrics]
  private static let mediaTypes: [StaticString] = [
    "text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0",
    // As Prometheus 3 asks. Our names need no escaping, so it is the same page.
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
  ]

  private let collectors: [CollectorWorker]
  private let authorization: Authorization
  /// Families that are made for each scrape.
  private let ownFamilies: () -> [Family]
  private let deflater = Deflater()
  private var scrapes = 0
  private var refused = 0

  init(collectors: [CollectorWorker], authorization: Authorization, ownFamilies: @escaping () -> [Family]) {
    self.collectors = collectors
    self.authorization = authorization
    self.ownFamilies = ownFamilies
  }

  var route: Route {
    Route("/metrics", [.exactly("/metrics"), .exactly("/metrics/")]) { [unowned self] in respond($0) }
  }

  private func respond(_ request: Request) -> Response {
    guard authorization.admits(request) else { return Authorization.refusal }
    scrapes += 1
    let names = request.target.query.filter { $0.name == "name[]" || $0.name == "name" }.map(\.value)
    let exposition = Exposition(
      sections: collectors.map(\.section), families: ownFamilies() + collectorFamilies() + scrapeFamilies(),
      names: Set(names))
    refused += exposition.refused.count
    let format = format(request)
    var body: [UInt8] = []
    var fields = [Field("Vary", "Accept, Accept-Encoding")]
    if AcceptEncoding.acceptsGzip(request.value(request.head.acceptEncoding)) {
      fields.append(Field("Content-Encoding", "gzip"))
      exposition.render(format, into: &body, by: deflater)
    } else {
      exposition.render(format, into: &body)
    }
    return Response(.ok, contentType: format.contentType, fields: fields, body: body)
  }

  /// OpenMetrics where the client likes it better; a client that takes neither gets text: a scrape must not fail on Accept.
  private func format(_ request: Request) -> Format {
    guard request.head.accept != nil else { return .text }
    let best = Accept(request.value(request.head.accept)).best(of: MetricsRoute.mediaTypes)
    return MetricsRoute.formats[best ?? 0]
  }

  private func collectorFamilies() -> [Family] {
    var up = Family("vitals_collector_up", .gauge, help: "Whether the collector's last refresh succeeded.")
    var duration = Family(
      "vitals_collector_duration_seconds", .gauge, help: "How long the collector's last refresh took.", unit: "seconds")
    var errors = Family("vitals_collector_errors_total", .counter, help: "Refreshes of the collector that failed.")
    var success = Family(
      "vitals_collector_last_success_timestamp_seconds", .gauge,
      help: "When the collector's last successful refresh ended.",
      unit: "seconds")
    for collector in collectors {
      let labels: Labels = ["collector": collector.name]
      up.add(collector.isUp, labels)
      duration.add(collector.duration.inSeconds, labels)
      errors.add(collector.errors, labels)
      if let last = collector.lastSuccess { success.add(last.wall.seconds, labels) }
    }
    return [up, duration, errors, success]
  }

  /// What Prometheus' own client library tells of its scrapes, by the same names.
  private func scrapeFamilies() -> [Family] {
    var requests = Family("promhttp_metric_handler_requests_total", .counter, help: "Scrapes by HTTP status code.")
    for code in ["200", "500", "503"] { requests.add(code == "200" ? scrapes : 0, ["code": code]) }
    var inFlight = Family(
      "promhttp_metric_handler_requests_in_flight", .gauge, help: "Scrapes being served, this one included.")
    inFlight.add(1)
    var errors = Family(
      "promhttp_metric_handler_errors_total", .counter,
      help: "Series left out of scrapes because they were there already.")
    errors.add(0, ["cause": "encoding"])
    errors.add(refused, ["cause": "gathering"])
    return [requests, inFlight, errors]
  }
}
