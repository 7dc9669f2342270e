import EventLoop
import Health
import TestSupport
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(2))) struct PipelineTests {
  @Test func `a transaction that is refused leaves the others alone`() async throws {
    let server = try await PostgresServer.shared.value
    let outcomes = try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let outcomes = try await connection.pipeline(
        [
          ["SELECT 1 AS one"], ["SELECT * FROM absent"], ["SELECT 1 / 0", "SELECT 2"], ["SELECT 3", "SELECT 4, NULL"],
          ["SELECT WHERE false"],
        ], before: .inSeconds(10))
      #expect(try await connection.query("SELECT 5", before: .inSeconds(10)).values == [["5"]])
      #expect(try await connection.pipeline([["SELECT 6"]], before: .inSeconds(10))[0].get().values == [["6"]])
      return outcomes
    }
    #expect(try outcomes[0].get() == Rows(columns: ["one"], values: [["1"]]))
    #expect(throws: PostgresError.self) { try outcomes[1].get() }
    guard case .failure(let absent) = outcomes[1], case .failure(let division) = outcomes[2] else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(absent.sqlState == "42P01" && absent.isLasting)
    #expect(division.sqlState == "22012" && !division.isLasting)
    #expect(try outcomes[3].get().values == [["4", nil]])
    #expect(try outcomes[4].get().values.isEmpty)
  }

  @Test func `what is set for a transaction ends with it`() async throws {
    let server = try await PostgresServer.shared.value
    let values = try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let show = "SELECT current_setting('statement_timeout'), current_setting('transaction_read_only')"
      return try await connection.pipeline(
        [
          [
            "SELECT set_config('statement_timeout', '50', true), set_config('transaction_read_only', 'on', true)", show,
          ], [show], ["SELECT set_config('statement_timeout', '50', true)", "SELECT pg_sleep(30)"],
          ["SELECT set_config('transaction_read_only', 'on', true)", "CREATE TABLE forbidden ()"], ["SELECT 'last'"],
        ], before: .inSeconds(10)
      ).map { outcome in
        switch outcome {
        case .success(let rows): rows.values.first?.map { $0 ?? "" }.joined(separator: " ") ?? ""
        case .failure(let error): error.sqlState ?? ""
        }
      }
    }
    #expect(values == ["50ms on", "0 off", "57014", "25006", "last"])
  }

  @Test func `many transactions with large answers pass`() async throws {
    let server = try await PostgresServer.shared.value
    let sizes = try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let outcomes = try await connection.pipeline(
        Array(repeating: ["SELECT repeat('x', 1000000)"], count: 20), before: .inSeconds(20))
      return try outcomes.map { try $0.get().values[0][0]?.utf8.count }
    }
    #expect(sizes == Array(repeating: 1_000_000, count: 20))
  }

  @Test func `a pipeline that takes too long ends its connection`() async throws {
    let server = try await PostgresServer.shared.value
    try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let error = await #expect(throws: PostgresError.self) {
        try await connection.pipeline([["SELECT 1"], ["SELECT pg_sleep(30)"]], before: .inSeconds(0.2))
      }
      #expect(error?.reason == .timeout)
      #expect(!connection.isOpen)
    }
  }

  @Test func `a server that ends the session in the midst is told of`() async throws {
    let server = try await PostgresServer.shared.value
    try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let error = await #expect(throws: PostgresError.self) {
        try await connection.pipeline(
          [["SELECT 1"], ["SELECT pg_terminate_backend(pg_backend_pid())"], ["SELECT 2"]], before: .inSeconds(10))
      }
      #expect(error?.sqlState == "57P01", "\(error?.detail ?? "")")
      #expect(!connection.isOpen)
    }
  }
}
