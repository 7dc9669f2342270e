import EventLoop
import Foundation
import Health
import TestSupport
import Testing

@testable import Redis

@Suite(.timeLimit(.minutes(2))) struct ConnectionTests {
  @Test func `replies of every kind come back`() async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      let connection = try await server.connector(database: 1, on: loop).connect(before: .inSeconds(10))
      let replies = try await connection.pipeline(
        [
          ["SET", "key", "a\r\nb"], ["GET", "key"], ["GET", "absent"], ["INCR", "count"], ["LPUSH", "list", "x", "y"],
          ["LRANGE", "list", "0", "-1"], ["INCR", "key"],
        ], before: .inSeconds(10))
      #expect(
        replies == [
          .status("OK"), .bulk(Array("a\r\nb".utf8)), .null, .integer(1), .integer(2),
          .array([.bulk([0x79]), .bulk([0x78])]), .error("ERR value is not an integer or out of range"),
        ])
      #expect(connection.isOpen)
      #expect(try await connection.command(["CLIENT", "GETNAME"], before: .inSeconds(10)).text == "vitals")
      let client = try await connection.command(["CLIENT", "INFO"], before: .inSeconds(10)).text
      #expect(client?.contains(" db=1 ") == true)
    }
  }

  @Test func `a large command and a large reply pass`() async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      var connector = try server.connector(database: 2, on: loop)
      connector.replyLimit = 4_000_000
      let connection = try await connector.connect(before: .inSeconds(10))
      let text = String(repeating: "x", count: 2_000_000)
      let reply = try await connection.command(["ECHO", text], before: .inSeconds(20))
      #expect(reply == .bulk(Array(text.utf8)))
    }
  }

  @Test func `a reply above the limit ends the connection`() async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      var connector = try server.connector(on: loop)
      connector.replyLimit = 1000
      let connection = try await connector.connect(before: .inSeconds(10))
      let error = await #expect(throws: RedisError.self) {
        try await connection.command(["ECHO", String(repeating: "x", count: 2000)], before: .inSeconds(10))
      }
      #expect(error?.reason == .protocol)
      #expect(!connection.isOpen)
    }
  }

  /// login, database, then the reason.
  @Test(arguments: [
    ("keeper:wrong-s3cret@", 0, Reason.auth), ("keeper@", 0, .auth), ("nobody:s3cret@", 0, .auth),
    (":s3cret@", 0, .auth), ("", 99, .query),
  ])
  func `a refusal has a reason`(login: String, database: Int, reason: Reason) async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      let connector = try server.connector(login, database: database, on: loop)
      let error = await #expect(throws: RedisError.self) { try await connector.connect(before: .inSeconds(10)) }
      #expect(error?.reason == reason, "\(error?.detail ?? "")")
      #expect(error?.detail.contains("s3cret") == false)
    }
  }

  @Test(arguments: ["keeper:s3cret@", "mute:s3cret@"])
  func `a user with a password is let in, with whatever rights`(login: String) async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      let connection = try await server.connector(login, on: loop).connect(before: .inSeconds(10))
      #expect(connection.isOpen)
    }
  }

  @Test func `a password without a user is sent as of old`() async throws {
    let server = try await RedisServer(["requirepass s3cret"])
    defer { server.stop() }
    try await onLoop { loop in
      let connection = try await server.connector(":s3cret@", database: 3, on: loop).connect(before: .inSeconds(10))
      #expect(connection.isOpen)
      for login in ["", ":wrong@"] {
        let check = RedisCheck(try server.connector(login, on: loop))
        let error = await #expect(throws: CheckFailure.self) { try await check.check(before: .inSeconds(10)) }
        #expect(error?.reason == .auth)
      }
    }
  }

  @Test func `a unix socket and a name are connected to`() async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      for url in ["unix://\(server.directory)/socket?db=1", "redis://localhost:\(server.port)"] {
        let connector = Connector(try RedisURL(url), on: loop, resolver: Resolver(on: loop))
        let connection = try await connector.connect(before: .inSeconds(10))
        #expect(try await connection.command(["PING"], before: .inSeconds(10)) == .status("PONG"), "\(url)")
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `the limit of clients is a reason`() async throws {
    let server = try await RedisServer(["maxclients 1"])
    defer { server.stop() }
    try await onLoop { loop in
      let first = RedisCheck(try server.connector(on: loop))
      // The server may not have noticed yet that whoever has awaited its start is gone.
      while (try? await first.check(before: .inSeconds(10))) == nil { await loop.sleep(until: .inSeconds(0.01)) }
      for login in ["", ":s3cret@"] {
        let second = RedisCheck(try server.connector(login, on: loop))
        let error = await #expect(throws: CheckFailure.self) { try await second.check(before: .inSeconds(10)) }
        #expect(error?.reason == .tooManyConnections, "\(error?.detail ?? "")")
      }
      try await first.check(before: .inSeconds(10))
    }
  }

  @Test func `a server that is loading says so`() async throws {
    let source = try await RedisServer()
    defer { source.stop() }
    try await onLoop { loop in
      let connection = try await source.connector(on: loop).connect(before: .inSeconds(10))
      let fill = "for i = 1, 5000 do redis.call('SET', i, i) end"
      _ = try await connection.command(["EVAL", fill, "0"], before: .inSeconds(10))
      #expect(try await connection.command(["SAVE"], before: .inSeconds(10)) == .status("OK"))
    }
    // 5000 keys at 5 ms each, with an ear for clients meanwhile.
    let slow = ["key-load-delay 5000", "loading-process-events-interval-bytes 1024"]
    let server = try await RedisServer(slow, dump: "\(source.directory)/dump.rdb")
    defer { server.stop() }
    try await onLoop { loop in
      let check = RedisCheck(try server.connector(on: loop))
      let error = await #expect(throws: CheckFailure.self) { try await check.check(before: .inSeconds(10)) }
      #expect(error?.reason == .loading, "\(error?.detail ?? "")")
    }
  }

  @Test func `a server in a long script is busy`() async throws {
    let server = try await RedisServer(["busy-reply-threshold 1"])
    defer { server.stop() }
    try await onLoop { loop in
      let check = RedisCheck(try server.connector(on: loop))
      try await check.check(before: .inSeconds(10))
      let other = try await server.connector(on: loop).connect(before: .inSeconds(10))
      await #expect(throws: RedisError.self) {
        try await other.command(["EVAL", "while true do end", "0"], before: .now + .milliseconds(100))
      }
      let error = await #expect(throws: CheckFailure.self) { try await check.check(before: .inSeconds(10)) }
      #expect(error?.reason == .busy, "\(error?.detail ?? "")")
      #expect(check.connections == 1)
    }
  }

  @Test func `a user without the right to PING is an auth failure on a connection that stays`() async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      let check = RedisCheck(try server.connector("mute:s3cret@", on: loop))
      for _ in 0..<3 {
        let error = await #expect(throws: CheckFailure.self) { try await check.check(before: .inSeconds(10)) }
        #expect(error?.reason == .auth)
      }
      #expect(check.connections == 1)
    }
  }
}
