import EventLoop
import Health
import TestSupport
import Testing

@testable import Redis

@Suite(.timeLimit(.minutes(2))) struct SubscriptionTests {
  @Test func `what is published arrives in its order, with the replies to what was sent`() async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      let connector = try server.connector(on: loop)
      let subscriber = try await connector.connect(before: .inSeconds(10))
      try await subscriber.send([["PSUBSCRIBE", "news.*"]], before: .inSeconds(10))
      let confirmation = try #require(try await subscriber.next(before: .inSeconds(10)))
      #expect(confirmation.elements?.map(\.text) == ["psubscribe", "news.*", nil])
      #expect(confirmation.elements?.last?.integer == 1)

      let publisher = try await connector.connect(before: .inSeconds(10))
      let published = (0..<200).map { ["PUBLISH", "news.\($0)", "\($0)"] }
      _ = try await publisher.pipeline(published, before: .inSeconds(10))
      try await subscriber.send([["PING"]], before: .inSeconds(10))
      for index in 0..<200 {
        let message = try await subscriber.next(before: .inSeconds(10))
        #expect(message?.elements?.compactMap(\.text) == ["pmessage", "news.*", "news.\(index)", "\(index)"])
      }
      let pong = try await subscriber.next(before: .inSeconds(10))
      #expect(pong?.elements?.compactMap(\.text) == ["pong", ""])
    }
  }

  @Test func `silence is no failure, the end of the connection is`() async throws {
    let server = try await RedisServer()
    defer { server.stop() }
    try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      #expect(try await connection.next(before: .inSeconds(0.05)) == nil)
      #expect(connection.isOpen)
      try await connection.send([["PING"]], before: .inSeconds(10))
      #expect(try await connection.next(before: .inSeconds(10)) == .status("PONG"))
      server.signal(9)
      let error = await #expect(throws: RedisError.self) { try await connection.next(before: .inSeconds(10)) }
      #expect(error?.reason == .unreachable)
      #expect(!connection.isOpen)
      await #expect(throws: RedisError.self) { try await connection.send([["PING"]], before: .inSeconds(10)) }
      await #expect(throws: RedisError.self) { try await connection.next(before: .inSeconds(10)) }
    }
  }

  @Test func `a refusal is an error for whom it concerns`() async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      let connection = try await server.connector("mute:s3cret@", on: loop).connect(before: .inSeconds(10))
      try await connection.send([["PSUBSCRIBE", "s3cret"]], before: .inSeconds(10))
      let reply = try #require(try await connection.next(before: .inSeconds(10)))
      let error = #expect(throws: RedisError.self) { try connection.accepted(reply) }
      #expect(error?.reason == .auth)
      #expect(error?.detail.contains("s3cret") == false)
      #expect(connection.isOpen)
      #expect(try connection.accepted(.integer(1)) == .integer(1))
    }
  }

  @Test func `a flood leaves other tasks their turns`() async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      let connector = try server.connector(on: loop)
      let subscriber = try await connector.connect(before: .inSeconds(10))
      try await subscriber.send([["PSUBSCRIBE", "flood"]], before: .inSeconds(10))
      _ = try await subscriber.next(before: .inSeconds(10))
      let publisher = try await connector.connect(before: .inSeconds(10))
      let messages = Array(repeating: ["PUBLISH", "flood", String(repeating: "x", count: 100)], count: 20_000)
      _ = try await publisher.pipeline(messages, before: .inSeconds(30))
      // All of it is on its way, so that no read has to wait.
      let turns = Turns()
      loop.spawn {
        while !turns.isOver {
          turns.count += 1
          await Task.yield()
        }
      }
      for _ in 0..<20_000 { #expect(try await subscriber.next(before: .inSeconds(10)) != nil) }
      turns.isOver = true
      // 16 KiB hold about 110 of them.
      #expect(turns.count > 100)
    }
  }

  /// Of a loop's thread.
  private final class Turns: @unchecked Sendable {
    var count = 0
    var isOver = false
  }
}
