import Health
import Redis
import Testing

@testable import Vitals

@Suite struct WatchedServerTests {
  private func configuration(_ checks: [(name: String, kind: CheckKind, url: String)]) throws -> Configuration {
    var configuration = Configuration()
    configuration.checks = try checks.map { try CheckDefinition($0.name, kind: $0.kind, url: $0.url) }
    return configuration
  }

  @Test func `each server is watched once, by the name of its first check`() throws {
    let configuration = try configuration([
      ("postgresql", .postgres, "postgresql://u@db/app"), ("other", .postgres, "postgresql://v@db:5432/reports"),
      ("redis", .redis, "redis://cache/1"), ("web", .http, "http://web/"), ("again", .redis, "redis://cache:6379/2"),
    ])
    #expect(configuration.postgresServers.map(\.name) == ["postgresql"])
    #expect(configuration.postgresServers.map(\.place) == ["db:5432"])
    #expect(configuration.redisServers.map(\.name) == ["redis"])
    // No database is chosen: there may be no right to.
    #expect(configuration.redisServers.map(\.target.database) == [0])
    #expect(configuration.postgresServers.map(\.label) == [nil])
    #expect(configuration.redisServers.map(\.label) == [nil])
  }

  @Test func `several servers of a kind have a label each`() throws {
    let configuration = try configuration([
      ("postgresql", .postgres, "postgresql://u@db/app"), ("replica", .postgres, "postgresql://u@[::1]:5433/app"),
      ("socket", .postgres, "postgresql:///app?host=/run/pg"), ("redis", .redis, "redis://cache"),
      ("second", .redis, "unix:///run/redis.sock?db=3"),
    ])
    #expect(configuration.postgresServers.map(\.label) == ["db:5432", "[::1]:5433", "/run/pg:5432"])
    #expect(configuration.redisServers.map(\.label) == ["cache:6379", "/run/redis.sock"])
  }
}
