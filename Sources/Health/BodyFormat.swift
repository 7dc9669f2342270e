/// The forms in which health is told to programs; `StatusPage` tells it to people.
package enum BodyFormat: Sendable, CaseIterable {
  /// The default.
  case json
  /// The same bytes by the media type of draft-inadarei-api-health-check-06.
  case healthJSON
  /// A line for each check, as Kubernetes' `?verbose` gives.
  case text

  /// The value of Content-Type.
  package var contentType: String {
    switch self {
    case .json: "application/json"
    case .healthJSON: "application/health+json"
    case .text: "text/plain; charset=utf-8"
    }
  }
}
