import EventLoop
import Foundation
import Health
import Metrics
import TestSupport
import Testing

@testable import Redis

@Suite(.timeLimit(.minutes(2))) struct MetricsCollectorTests {
  /// The ids of the server's connections of that name.
  private func clients(_ server: RedisServer, on loop: EventLoop) async throws -> [String] {
    let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
    defer { connection.close() }
    let list = try await connection.command(["CLIENT", "LIST"], before: .inSeconds(10)).text ?? ""
    return list.split(whereSeparator: \.isNewline).filter { $0.contains("cmd=latency|latest") }.compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
  }

  @Test func `one connection is kept, and replaced when the server ends it`() async throws {
    let server = try await RedisServer()
    defer { server.stop() }
    try await onLoop { loop in
      let collector = MetricsCollector(try server.connector(on: loop), server: nil)
      defer { collector.close() }
      let first = try await collector.refresh(before: .inSeconds(10), without: [], now: 0)
      #expect(first.refusals.isEmpty)
      #expect(first.families.count > 100)
      let before = try await clients(server, on: loop)
      #expect(before.count == 1)
      _ = try await collector.refresh(before: .inSeconds(10), without: [], now: 0)
      #expect(try await clients(server, on: loop) == before)
      let admin = try await server.connector(on: loop).connect(before: .inSeconds(10))
      _ = try await admin.command(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"], before: .inSeconds(10))
      admin.close()
      #expect(try await collector.refresh(before: .inSeconds(10), without: [], now: 0).refusals.isEmpty)
      #expect(try await clients(server, on: loop) != before)
    }
  }

  @Test func `a command that is refused leaves out its own families alone`() async throws {
    let server = try await RedisServer(["user poor on >s3cret -@all +info +slowlog|len +client|setname"])
    defer { server.stop() }
    try await onLoop { loop in
      let collector = MetricsCollector(try server.connector("poor:s3cret@", on: loop), server: nil)
      defer { collector.close() }
      let answer = try await collector.refresh(before: .inSeconds(10), without: [], now: 0)
      #expect(Set(answer.refusals.map(\.name)) == ["config|get", "slowlog|get", "latency|latest"])
      #expect(answer.refusals.allSatisfy { $0.error.reason == .auth && $0.error.isLasting })
      let names = Set(answer.families.map(\.name))
      #expect(names.isSuperset(of: ["redis_slowlog_length", "redis_config_maxclients", "redis_memory_used_bytes"]))
      #expect(names.isDisjoint(with: ["redis_slowlog_last_id", "redis_config_io_threads"]))
      let again = try await collector.refresh(
        before: .inSeconds(10), without: Set(answer.refusals.map(\.name)), now: 0)
      #expect(again.refusals.isEmpty)
      #expect(Set(again.families.map(\.name)).isSuperset(of: names))
    }
  }

  @Test func `who may not ask INFO is told why, and allowed again is answered`() async throws {
    let server = try await RedisServer(["user poor on >s3cret -@all +ping +client|setname"])
    defer { server.stop() }
    try await onLoop { loop in
      let collector = MetricsCollector(try server.connector("poor:s3cret@", on: loop), server: nil)
      defer { collector.close() }
      let error = await #expect(throws: RedisError.self) {
        try await collector.refresh(before: .inSeconds(10), without: [], now: 0)
      }
      #expect(error?.reason == .auth)
      let admin = try await server.connector(on: loop).connect(before: .inSeconds(10))
      _ = try await admin.command(["ACL", "SETUSER", "poor", "+info"], before: .inSeconds(10))
      admin.close()
      #expect(try await collector.refresh(before: .inSeconds(10), without: [], now: 0).families.count > 100)
    }
  }

  @Test func `a server without an answer is a failure at the deadline, and back when it is`() async throws {
    let server = try await RedisServer()
    defer { server.stop() }
    try await onLoop { loop in
      let collector = MetricsCollector(try server.connector(on: loop), server: nil)
      defer { collector.close() }
      _ = try await collector.refresh(before: .inSeconds(10), without: [], now: 0)
      server.signal(SIGSTOP)
      let error = await #expect(throws: RedisError.self) {
        try await collector.refresh(before: .inSeconds(0.3), without: [], now: 0)
      }
      #expect(error?.reason == .timeout)
      server.signal(SIGCONT)
      #expect(try await collector.refresh(before: .inSeconds(10), without: [], now: 0).refusals.isEmpty)
    }
  }
}
