/// The two exposition formats that `/metrics` speaks.
package enum Format: Sendable, CaseIterable {
  /// Prometheus' text format 0.0.4: the default.
  case text
  /// OpenMetrics 1.0: where the request prefers it.
  case openMetrics

  /// The value of Content-Type.
  package var contentType: String {
    switch self {
    case .text: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  /// What stands after the last family.
  var end: StaticString {
    switch self {
    case .text: ""
    case .openMetrics: "# EOF\n"
    }
  }
}
