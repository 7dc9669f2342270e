/// One setting of a service that a command is about to change.
package struct PlannedChange: Equatable, Sendable, Encodable {
  /// The service's name, with the stack's.
  package var service: String
  /// `image`, `replicas`; or `restart` and `settings`, which have no values.
  package var what: String
  package var old: String
  package var new: String

  package init(_ service: String, _ what: String, from old: String = "", to new: String = "") {
    self.service = service
    self.what = what
    self.old = old
    self.new = new
  }

  /// `image pilito:1 -> pilito:2`.
  package var text: String {
    if old.isEmpty, new.isEmpty { return what }
    guard what == "image" else { return "\(what) \(old) -> \(new)" }
    return "\(what) \(ImageReference(old).short) -> \(ImageReference(new).short)"
  }

  /// What differs between two specifications of a service.
  package static func between(_ old: JSONValue, _ new: JSONValue, of service: String) -> [PlannedChange] {
    func replicas(_ specification: JSONValue) -> String {
      specification["Mode"]["Replicated"]["Replicas"].integer.map { "\($0)" } ?? ""
    }
    /// The specification without what is compared by itself, and without what only counts restarts.
    func rest(_ specification: JSONValue) -> JSONValue {
      var rest = specification
      rest["TaskTemplate"]["ContainerSpec"]["Image"] = .null
      rest["TaskTemplate"]["ForceUpdate"] = .null
      rest["Mode"]["Replicated"]["Replicas"] = .null
      return rest
    }
    var changes: [PlannedChange] = []
    let images = (LiveService.image(of: old), LiveService.image(of: new))
    if images.0 != images.1 { changes.append(PlannedChange(service, "image", from: images.0, to: images.1)) }
    if replicas(old) != replicas(new) {
      changes.append(PlannedChange(service, "replicas", from: replicas(old), to: replicas(new)))
    }
    if rest(old) != rest(new) { changes.append(PlannedChange(service, "settings")) }
    if changes.isEmpty, old != new { changes.append(PlannedChange(service, "restart")) }
    return changes
  }
}
