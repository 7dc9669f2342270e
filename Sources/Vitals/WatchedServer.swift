import Postgres
import Redis

/// A server whose metrics are collected because it is checked.
struct WatchedServer<Target: Sendable>: Sendable {
  /// The name of the check.
  let name: String
  let target: Target
  /// Host and port: what tells it from others of its kind.
  let place: String
  /// Whether others of its kind are watched too.
  var isOneOfSeveral = false

  /// The label that its families need to be told from those of others; nil for none.
  var label: String? { isOneOfSeveral ? place : nil }

  /// Those of one kind, each once: two checks of one server have the same numbers to tell.
  fileprivate static func all(
    _ checks: [CheckDefinition], _ pick: (MonitoredServer) -> (target: Target, place: String)?
  ) -> [WatchedServer] {
    var servers: [WatchedServer] = []
    for check in checks {
      guard let server = check.server.flatMap(pick), !servers.contains(where: { $0.place == server.place }) else {
        continue
      }
      servers.append(WatchedServer(name: check.name, target: server.target, place: server.place))
    }
    guard servers.count > 1 else { return servers }
    for index in servers.indices { servers[index].isOneOfSeveral = true }
    return servers
  }
}

extension Configuration {
  var postgresServers: [WatchedServer<ConnectionString>] {
    WatchedServer.all(checks) { if case .postgres(let string) = $0 { (string, string.places) } else { nil } }
  }

  var redisServers: [WatchedServer<RedisURL>] {
    WatchedServer.all(checks) { if case .redis(let url) = $0 { (url.withoutDatabase, url.server) } else { nil } }
  }
}
