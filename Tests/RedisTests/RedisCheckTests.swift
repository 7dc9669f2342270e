import EventLoop
import Foundation
import Health
import TestSupport
import Testing

@testable import Redis

@Suite(.timeLimit(.minutes(2))) struct RedisCheckTests {
  @Test func `one connection and one PING serve a run`() async throws {
    let server = try await RedisServer()
    defer { server.stop() }
    try await onLoop { loop in
      let check = RedisCheck(try server.connector(on: loop))
      for _ in 0..<20 { try await check.check(before: .inSeconds(10)) }
      #expect(check.connections == 1)
      let other = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let statistics = try await other.command(["INFO", "commandstats"], before: .inSeconds(10)).text ?? ""
      #expect(statistics.contains("cmdstat_ping:calls=20,"))
      await check.close()
    }
  }

  @Test func `a killed client is noticed at once and replaced in silence`() async throws {
    let server = try await RedisServer()
    defer { server.stop() }
    try await onLoop { loop in
      let check = RedisCheck(try server.connector(on: loop))
      let other = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let kill = ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]
      try await check.check(before: .inSeconds(10))
      #expect(try await other.command(kill, before: .inSeconds(10)) == .integer(1))
      #expect(await check.watch(until: .inSeconds(10)))
      try await check.check(before: .inSeconds(10))
      #expect(check.connections == 2)

      // The same without a watch in between: the dead handle shows in the command.
      #expect(try await other.command(kill, before: .inSeconds(10)) == .integer(1))
      try await check.check(before: .inSeconds(10))
      #expect(check.connections == 3)
    }
  }

  @Test func `a killed server is noticed by the watch at once, and refuses then`() async throws {
    let server = try await RedisServer()
    defer { server.stop() }
    let elapsed = try await onLoop { loop in
      let check = RedisCheck(try server.connector(on: loop))
      try await check.check(before: .inSeconds(10))
      let killed = Instant.now
      server.signal(SIGKILL)
      #expect(await check.watch(until: .inSeconds(10)))
      let elapsed = Instant.now - killed
      let error = await #expect(throws: CheckFailure.self) { try await check.check(before: .inSeconds(10)) }
      #expect(error?.reason == .refused, "\(error?.detail ?? "")")
      // Nothing is left to watch: the worker waits for the next run.
      #expect(await check.watch(until: .inSeconds(10)) == false)
      return elapsed
    }
    // Milliseconds on a machine that is not busy; the watch would have gone on for ten seconds.
    #expect(elapsed < .seconds(3))
  }

  @Test func `a stopped server is a timeout at the deadline, and well again afterwards`() async throws {
    let server = try await RedisServer()
    defer { server.stop() }
    try await onLoop { loop in
      let check = RedisCheck(try server.connector(on: loop))
      try await check.check(before: .inSeconds(10))
      server.signal(SIGSTOP)
      for _ in 0..<2 {
        let start = Instant.now
        let error = await #expect(throws: CheckFailure.self) {
          try await check.check(before: start + .milliseconds(150))
        }
        #expect(error?.reason == .timeout)
        #expect(Instant.now - start >= .milliseconds(150))
        #expect(Instant.now - start < .seconds(3))
      }
      server.signal(SIGCONT)
      try await check.check(before: .inSeconds(10))
      #expect(check.connections == 2)
    }
  }

  @Test func `the watch ends at its deadline, and with its task`() async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      let check = RedisCheck(try server.connector(on: loop))
      #expect(await check.watch(until: .inSeconds(10)) == false)
      try await check.check(before: .inSeconds(10))
      #expect(await check.watch(until: .now + .milliseconds(50)) == false)
      try await check.check(before: .inSeconds(10))
      #expect(check.connections == 1)

      let task = Task(executorPreference: loop) { await check.watch(until: .inSeconds(60)) }
      await loop.sleep(until: .now + .milliseconds(20))
      task.cancel()
      #expect(await task.value == false)
    }
  }

  @Test func `a message on the idle connection ends it`() async throws {
    let server = try await RedisServer.shared.value
    try await onLoop { loop in
      let connector = try server.connector(on: loop)
      let subscriber = try await connector.connect(before: .inSeconds(10))
      _ = try await subscriber.command(["SUBSCRIBE", "channel"], before: .inSeconds(10))
      let publisher = try await connector.connect(before: .inSeconds(10))
      #expect(try await publisher.command(["PUBLISH", "channel", "news"], before: .inSeconds(10)) == .integer(1))
      #expect(await subscriber.ended(before: .inSeconds(10)))
      #expect(!subscriber.isOpen)
    }
  }

  @Test func `a reply too many is a protocol error`() async throws {
    try await onLoop { loop in
      let peer = try Peer(answering: "+OK\r\n+PONG\r\n", on: loop)
      let url = try RedisURL("redis://127.0.0.1:\(peer.port)")
      let check = RedisCheck(Connector(url, on: loop, resolver: Resolver(on: loop)))
      let error = await #expect(throws: CheckFailure.self) { try await check.check(before: .inSeconds(10)) }
      #expect(error?.reason == .protocol)
    }
  }
}
