internal import Metrics

/// Families as they grow, by name.
struct FamilySet {
  /// The label `server` of every series; nil where there is only one server.
  private let server: String?
  /// How many databases the server has, where it said so.
  var databases: Int?
  private var all: [String: Family] = [:]

  init(server: String?) { self.server = server }

  var families: [Family] { Array(all.values) }

  /// Adds a series of `redis_NAME`.
  mutating func add(
    _ kind: Family.Kind, _ name: String, _ value: Double?, labels: [(String, String)] = [], _ help: String
  ) {
    guard let value else { return }
    let labels = Labels(labels + (server.map { [("server", $0)] } ?? []))
    all[name, default: Family("redis_\(name)", kind, help: help)].add(value, labels)
  }
}
