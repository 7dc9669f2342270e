import EventLoop
import Foundation
import Health
import Metrics
import TestSupport
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(2))) struct MetricsCollectorTests {
  private static let label = ServerLabel("db:5432", isOneOfSeveral: false)

  /// Runs a statement as the superuser.
  @discardableResult
  private func run(_ sql: String, _ server: PostgresServer, on loop: EventLoop) async throws -> [[String?]] {
    let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
    defer { connection.close() }
    return try await connection.query(sql, before: .inSeconds(10)).values
  }

  @Test func `one connection is kept, and replaced when the server ends it`() async throws {
    let server = try await PostgresServer()
    defer { server.stop() }
    try await onLoop { loop in
      let collector = MetricsCollector(try server.connector(on: loop), label: Self.label)
      defer { collector.close() }
      let first = try await collector.refresh(before: .inSeconds(10), without: [])
      #expect(first.refusals.isEmpty)
      #expect(first.families.count > 200)
      let find = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%(oid)%' AND pid <> pg_backend_pid()"
      let pids = try await run(find, server, on: loop)
      #expect(pids.count == 1)
      _ = try await collector.refresh(before: .inSeconds(10), without: [])
      #expect(
        try await run("SELECT pid FROM pg_stat_activity WHERE pid = \(pids[0][0] ?? "0")", server, on: loop) == pids)
      try await run("SELECT pg_terminate_backend(\(pids[0][0] ?? "0"), 10000)", server, on: loop)
      let second = try await collector.refresh(before: .inSeconds(10), without: [])
      #expect(second.refusals.isEmpty)
      #expect(second.families.count == first.families.count)
    }
  }

  @Test func `the slow questions are asked once in a while, and their answers kept`() async throws {
    let server = try await PostgresServer()
    defer { server.stop() }
    try await onLoop { loop in
      try await run("CREATE ROLE poor LOGIN", server, on: loop)
      func collector(slowInterval: Duration) throws -> MetricsCollector {
        var options = MetricsCollector.Options()
        options.slowInterval = slowInterval
        let connector = try server.connector(server.url(user: "poor"), on: loop)
        return MetricsCollector(connector, label: Self.label, options: options)
      }
      let (patient, eager) = (try collector(slowInterval: .seconds(3600)), try collector(slowInterval: .zero))
      defer { for collector in [patient, eager] { collector.close() } }
      func expect(_ collector: MetricsCollector, refusals: Set<String>) async throws {
        let answer = try await collector.refresh(before: .inSeconds(10), without: [])
        #expect(Set(answer.refusals.map(\.name)) == refusals)
        for name in ["pg_database_size_bytes", "pg_settings_max_connections"] {
          let samples = answer.families.first { $0.name == name }?.samples ?? []
          #expect(samples.isEmpty == !refusals.isEmpty, "\(name)")
        }
      }
      try await expect(patient, refusals: [])
      try await expect(eager, refusals: [])
      let sql = "REVOKE SELECT ON pg_settings FROM PUBLIC; REVOKE EXECUTE ON FUNCTION pg_database_size(oid) FROM PUBLIC"
      try await run(sql, server, on: loop)
      // Who asks again is refused.
      try await expect(eager, refusals: ["pg_database", "pg_settings"])
      try await expect(patient, refusals: [])
    }
  }

  @Test func `the questions of given names are not asked`() async throws {
    let server = try await PostgresServer.shared.value
    try await onLoop { loop in
      let collector = MetricsCollector(try server.connector(on: loop), label: Self.label)
      defer { collector.close() }
      let answer = try await collector.refresh(before: .inSeconds(10), without: ["pg_settings", "pg_locks"])
      #expect(answer.families.contains { $0.name == "pg_database_size_bytes" })
      #expect(!answer.families.contains { $0.name.hasPrefix("pg_settings") || $0.name.hasPrefix("pg_locks") })
    }
  }

  @Test func `no question writes or waits long for a lock, and that counts for it alone`() async throws {
    let server = try await PostgresServer()
    defer { server.stop() }
    try await onLoop { loop in
      let limits = MetricsCollector(try server.connector(on: loop), label: Self.label).limits
      let admin = try await server.connector(on: loop).connect(before: .inSeconds(10))
      defer { admin.close() }
      for sql in ["CREATE TABLE held ()", "BEGIN; LOCK held"] {
        _ = try await admin.query(sql, before: .inSeconds(10))
      }
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      defer { connection.close() }
      let outcomes = try await connection.pipeline(
        [[limits, "CREATE TABLE x ()"], [limits, "TABLE held"], ["CREATE TABLE y ()"]], before: .inSeconds(10))
      #expect(outcomes.map(\.sqlState) == ["25006", "55P03", nil])
    }
  }

  @Test func `a question that is refused leaves out its own families alone`() async throws {
    let server = try await PostgresServer()
    defer { server.stop() }
    try await onLoop { loop in
      let sql = """
        CREATE ROLE poor LOGIN; REVOKE SELECT ON pg_stat_bgwriter, pg_settings FROM PUBLIC;
        REVOKE EXECUTE ON FUNCTION pg_database_size(oid) FROM PUBLIC
        """
      try await run(sql, server, on: loop)
      let collector = MetricsCollector(try server.connector(server.url(user: "poor"), on: loop), label: Self.label)
      defer { collector.close() }
      let answer = try await collector.refresh(before: .inSeconds(10), without: [])
      #expect(Set(answer.refusals.map(\.name)) == ["pg_stat_bgwriter", "pg_database", "pg_settings"])
      #expect(answer.refusals.allSatisfy { $0.error.sqlState == "42501" && $0.error.isLasting })
      let names = Set(answer.families.filter { !$0.samples.isEmpty }.map(\.name))
      #expect(names.isSuperset(of: ["pg_static", "pg_stat_database_xact_commit", "pg_stat_activity_count"]))
      #expect(!names.contains { $0.hasPrefix("pg_stat_bgwriter") || $0.hasPrefix("pg_settings") })
    }
  }

  @Test func `a statement that takes too long is left out, and the connection stays`() async throws {
    let server = try await PostgresServer()
    defer { server.stop() }
    try await onLoop { loop in
      var options = MetricsCollector.Options()
      // Less than the second that it would wait for a lock.
      options.statementTimeout = .milliseconds(900)
      let collector = MetricsCollector(try server.connector(on: loop), label: Self.label, options: options)
      defer { collector.close() }
      let admin = try await server.connector(on: loop).connect(before: .inSeconds(10))
      _ = try await admin.query(
        "BEGIN; LOCK pg_stat_bgwriter IN ACCESS EXCLUSIVE MODE", before: .inSeconds(10))
      let answer = try await collector.refresh(before: .inSeconds(10), without: [])
      #expect(answer.refusals.map(\.name) == ["pg_stat_bgwriter"])
      #expect(answer.refusals.allSatisfy { $0.error.reason == .timeout && !$0.error.isLasting })
      _ = try await admin.query("ROLLBACK", before: .inSeconds(10))
      #expect(try await collector.refresh(before: .inSeconds(10), without: []).refusals.isEmpty)
      admin.close()
    }
  }

  @Test func `a server without an answer is a failure at the deadline, and back when it is`() async throws {
    let server = try await PostgresServer()
    defer { server.stop() }
    try await onLoop { loop in
      let collector = MetricsCollector(try server.connector(on: loop), label: Self.label)
      defer { collector.close() }
      _ = try await collector.refresh(before: .inSeconds(10), without: [])
      server.signal(SIGSTOP)
      let error = await #expect(throws: PostgresError.self) {
        try await collector.refresh(before: .inSeconds(0.3), without: [])
      }
      #expect(error?.reason == .timeout)
      server.signal(SIGCONT)
      #expect(try await collector.refresh(before: .inSeconds(10), without: []).refusals.isEmpty)
    }
  }
}

extension Result<Rows, PostgresError> {
  /// The server's code for why it refused; nil where it did not.
  fileprivate var sqlState: String? {
    guard case .failure(let error) = self else { return nil }
    return error.sqlState
  }
}
