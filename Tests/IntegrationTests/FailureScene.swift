import Foundation
import Glibc

/// Servers that are each ill in their own way, and what the service should say about each.
final class FailureScene {
  /// One check of one of them.
  struct Case {
    let name: String
    let url: String
    /// What stands behind the URL in `--check`.
    let options: String
    /// Nil where the check should pass.
    let reason: String?
  }

  /// What nobody may ever see: in all the forms that it is written in.
  static let secrets = ["grapefruit", "k1w1/42@x", "k1w1%2F42%40x", "mangosteen", "pomelo", "sesame"]

  private(set) var cases: [Case] = []
  private var endings: [() -> Void] = []

  /// The flags that name all checks. Who does answer has time to: only silence is to be a timeout.
  var arguments: [String] {
    ["--interval", "1s", "--timeout", "10s"]
      + cases.flatMap { ["--check", "\($0.name)=\($0.url)\($0.options)"] }
  }

  init() throws {
    do {
      try addPostgres()
      try addRedis()
      try addPeers()
      try addAbsent()
    } catch {
      stop()
      throw error
    }
  }

  func stop() {
    for ending in endings.reversed() { ending() }
    endings = []
  }

  private func add(_ name: String, _ url: String, _ reason: String?, options: String = "") {
    cases.append(Case(name: name, url: url, options: options, reason: reason))
  }

  /// Logins that are refused, and a server that is full.
  private func addPostgres() throws {
    let server = try PostgresServer()
    endings.append(server.stop)
    try server.createRole("app", password: "k1w1/42@x")
    let password = "k1w1%2F42%40x"
    add("pg-ok", server.url(user: "app", password: password), nil)
    add("pg-superuser", server.url(), nil)
    add("pg-wrong-password", server.url(user: "app", password: "grapefruit"), "auth")
    add("pg-no-password", server.url(user: "app", password: nil), "auth")
    add("pg-unknown-user", server.url(user: "nobody", password: "pomelo"), "auth")
    add("pg-unknown-database", server.url(user: "app", password: password, database: "atlantis"), "query")
    add("pg-tls-unavailable", server.url(user: "app", password: password) + "?sslmode=require", "tls")

    let full = try PostgresServer(
      .init(authentication: "trust", maxConnections: 6, settings: ["superuser_reserved_connections": "3"]))
    endings.append(full.stop)
    try full.createRole("app", password: "mangosteen")
    // A place may still be taken by whoever asked whether the server is there.
    let hold = ["psql", "-XAtqc", "SELECT pg_sleep(600)", full.socketURL(user: "app")]
    try eventually(every: .milliseconds(100), "a full PostgreSQL") {
      let taken = try full.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND usename = 'app'")
      if taken == "3" { return true }
      let session = try Subprocess(hold)
      endings.append { if session.exit == nil { session.kill() } }
      return false
    }
    add("pg-full", full.url(user: "app", password: "mangosteen"), "too_many_connections")
  }

  /// Logins that are refused, a server that is full, and one that a script keeps busy.
  private func addRedis() throws {
    let users = ["probe on >mangosteen -@all +ping", "mute on >pomelo ~* +get"]
    let server = try RedisServer(.init(password: "k1w1/42@x", users: users))
    endings.append(server.stop)
    add("redis-ok", server.url(password: "k1w1%2F42%40x"), nil)
    add("redis-acl-ping-only", server.url(user: "probe", password: "mangosteen"), nil)
    add("redis-no-password", "redis://127.0.0.1:\(server.port)", "auth")
    add("redis-wrong-password", server.url(password: "grapefruit"), "auth")
    add("redis-wrong-user-password", server.url(user: "probe", password: "grapefruit"), "auth")
    add("redis-acl-without-ping", server.url(user: "mute", password: "pomelo"), "auth")
    add("redis-unknown-database", server.url(password: "k1w1%2F42%40x", database: 99), "query")

    let full = try RedisServer(.init(settings: ["maxclients 2"]))
    endings.append(full.stop)
    // The place of the client that asked whether the server is there may still be taken.
    let sockets = try eventually("a full Redis") {
      let sockets = try (0..<2).map { _ in try RawSocket(.loopback(full.port)) }
      for socket in sockets { try socket.send("PING\r\n") }
      let isFull = try sockets.allSatisfy { try $0.readLine().hasPrefix("+PONG") }
      return isFull ? sockets : nil
    }
    endings.append { for socket in sockets { socket.close() } }
    add("redis-full", full.url(password: "grapefruit"), "too_many_connections")

    let busy = try RedisServer(.init(settings: ["busy-reply-threshold 20"]))
    endings.append(busy.stop)
    let script = try Subprocess(["redis-cli", "-s", busy.socketPath, "eval", "while true do end", "0"])
    endings.append { if script.exit == nil { script.kill() } }
    try eventually("a busy Redis") {
      try Subprocess.outcome(["redis-cli", "-s", busy.socketPath, "ping"]).output.contains("BUSY")
    }
    add("redis-busy", busy.url(), "busy")
  }

  /// Servers that listen, and are not what they should be.
  private func addPeers() throws {
    func peer(_ behaviour: FailurePeer.Behaviour) throws -> String {
      let peer = try FailurePeer(behaviour)
      endings.append(peer.stop)
      return peer.address
    }
    let silent = try peer(.silent)
    add("pg-silent", "postgresql://app:grapefruit@\(silent)/app", "timeout", options: ",timeout=1s")
    add("redis-silent", "redis://:grapefruit@\(silent)", "timeout", options: ",timeout=1s")
    add("http-silent", "http://\(silent)/", "timeout", options: ",timeout=1s")
    add("tcp-silent", "tcp://\(silent)", nil)

    let garbage = try peer(.answer("220 mail.example ESMTP\r\n"))
    add("pg-garbage", "postgresql://app:grapefruit@\(garbage)/app", "protocol")
    add("redis-garbage", "redis://:grapefruit@\(garbage)", "protocol")
    add("http-garbage", "http://\(garbage)/", "protocol")

    let closing = try peer(.close)
    add("pg-closing", "postgresql://app:grapefruit@\(closing)/app", "unreachable")
    add("redis-closing", "redis://:grapefruit@\(closing)", "unreachable")
    add("http-closing", "http://\(closing)/", "unreachable")

    for (status, reason) in [(200, nil), (302, nil), (404, "query"), (500, "query"), (503, "query")] {
      add("http-\(status)", "http://\(try peer(.http(status)))/path?query=1", reason)
    }
  }

  /// Nobody listens, or there is no such name.
  private func addAbsent() throws {
    let closed = "127.0.0.1:\(try Scratch.port())"
    let unknown = "no-such-host.invalid:1234"
    for (name, place, reason) in [("closed", closed, "refused"), ("unknown", unknown, "dns")] {
      add("pg-\(name)", "postgresql://app:grapefruit@\(place)/app", reason)
      add("redis-\(name)", "redis://app:grapefruit@\(place)", reason)
      add("http-\(name)", "http://\(place)/", reason)
      add("tcp-\(name)", "tcp://\(place)", reason)
    }
    add("pg-no-socket", "postgresql://app:grapefruit@/app?host=%2Fnonexistent", "refused")
    add("redis-no-socket", "unix:///nonexistent/redis.sock?password=grapefruit", "refused")
  }
}

extension RawSocket {
  /// Reads up to and with the next line end.
  fileprivate func readLine() throws -> String {
    var line = ""
    var byte: UInt8 = 0
    while !line.hasSuffix("\r\n") {
      guard recv(descriptor, &byte, 1, 0) == 1 else { throw TestbedError("closed after '\(line)'") }
      line.unicodeScalars.append(Unicode.Scalar(byte))
    }
    return line
  }
}
