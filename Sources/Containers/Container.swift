import Engine

/// A running container, with the fields of an element of `GET /containers/json` that count here.
struct Container: Equatable, Sendable {
  var id: String
  /// When it was made, in seconds since 1970.
  var created: Double
  var place: Place

  /// Whether it is the one to show where both have the same place.
  ///
  /// During an update that starts the new task first, the old container goes on for a while: its counters would make those of
  /// the new one jump back and forth.
  func replaces(_ other: Container) -> Bool {
    (created, id) > (other.created, other.id)
  }
}

extension Container: Decodable {
  init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    id = try fields.value("Id") ?? ""
    created = try fields.value("Created") ?? 0
    // Names of links come along, with two slashes or more.
    let names: [String] = try fields.value("Names") ?? []
    let name = names.first { !$0.dropFirst().contains("/") }?.drop { $0 == "/" } ?? ""
    place = Place(name: String(name), labels: try fields.value("Labels") ?? [:])
  }
}
