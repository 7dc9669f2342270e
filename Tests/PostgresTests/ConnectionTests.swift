import EventLoop
import Foundation
import Health
import TestSupport
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(2))) struct ConnectionTests {
  @Test func `rows come as text, NULL as nil`() async throws {
    let server = try await PostgresServer.shared.value
    let rows = try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      return try await connection.query(
        "SELECT 7 AS number, NULL AS nothing, 'Zürich' AS name UNION ALL SELECT 8, '', 'x'", before: .inSeconds(10))
    }
    #expect(rows == Rows(columns: ["number", "nothing", "name"], values: [["7", nil, "Zürich"], ["8", "", "x"]]))
    #expect(rows[1, "name"] == "x")
    #expect(rows[0, "nothing"] == nil)
    #expect(rows[0, "absent"] == nil)
  }

  @Test func `a connection is known to the server as vitals`() async throws {
    let server = try await PostgresServer.shared.value
    let rows = try await onLoop { loop in
      try await server.connector(on: loop).connect(before: .inSeconds(10))
        .query("SELECT current_setting('application_name')", before: .inSeconds(10))
    }
    #expect(rows.values == [["vitals"]])
  }

  @Test func `a large statement and a large answer pass`() async throws {
    let server = try await PostgresServer.shared.value
    let count = try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let text = String(repeating: "x", count: 4_000_000)
      return try await connection.query("SELECT '\(text)'", before: .inSeconds(20)).values[0][0]?.utf8.count
    }
    #expect(count == 4_000_000)
  }

  @Test func `a refused statement leaves the connection usable`() async throws {
    let server = try await PostgresServer.shared.value
    try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let error = await #expect(throws: PostgresError.self) {
        try await connection.query("SELECT * FROM absent", before: .inSeconds(10))
      }
      #expect(error?.reason == .query)
      #expect(error?.sqlState == "42P01")
      #expect(connection.isOpen)
      #expect(try await connection.query("SELECT 1", before: .inSeconds(10)).values == [["1"]])
    }
  }

  @Test func `notices go to their handler`() async throws {
    let server = try await PostgresServer.shared.value
    let notices = try await onLoop { loop in
      let (stream, continuation) = AsyncStream<String>.makeStream()
      var connector = try server.connector(on: loop)
      connector.onNotice = { continuation.yield($0) }
      let connection = try await connector.connect(before: .inSeconds(10))
      _ = try await connection.query("DO $$ BEGIN RAISE NOTICE 'heed this'; END $$", before: .inSeconds(10))
      continuation.finish()
      return await stream.reduce(into: []) { $0.append($1) }
    }
    #expect(notices.count == 1)
    #expect(notices.first?.contains("heed this") == true)
  }

  @Test func `COPY is not waited for`() async throws {
    let server = try await PostgresServer.shared.value
    try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      await #expect(throws: PostgresError.self) {
        try await connection.query("COPY (SELECT 1) TO STDOUT", before: .inSeconds(10))
      }
      #expect(!connection.isOpen)
    }
  }

  @Test func `a statement that takes too long is given up at the deadline, with its connection`() async throws {
    let server = try await PostgresServer.shared.value
    try await onLoop { loop in
      let connection = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let start = Instant.now
      let error = await #expect(throws: PostgresError.self) {
        try await connection.query("SELECT pg_sleep(30)", before: start + .milliseconds(100))
      }
      #expect(error?.reason == .timeout)
      #expect(Instant.now - start < .seconds(5))
      #expect(!connection.isOpen)
    }
  }

  /// user, password, database, query, then the reason.
  @Test(
    arguments: [
      ("keeper", "wrong-s3cret", "postgres", "", Reason.auth, "28P01"),
      ("keeper", nil, "postgres", "", .auth, nil),
      ("stranger", "s3cret", "postgres", "", .auth, "28000"),
      ("nobody", nil, "postgres", "", .auth, "28000"),
      ("postgres", nil, "absent", "", .query, "3D000"),
      ("postgres", nil, "postgres", "sslmode=verify-full&sslrootcert=/nonexistent", .tls, nil),
      ("postgres", nil, "postgres", "sslmode=verify-ca&sslrootcert=DIR/server.key", .tls, nil),
      ("postgres", nil, "postgres", "sslmode=verify-full&sslrootcert=DIR/server.crt", .tls, nil),
      ("postgres", nil, "postgres", "target_session_attrs=standby", .query, nil),
      ("postgres", nil, "postgres", "target_session_attrs=read-only", .query, nil),
      ("postgres", nil, "postgres", "options=-cnosuch%3D1", .query, "42704"),
    ] as [(String, String?, String, String, Reason, String?)])
  func `a refusal has a reason`(
    user: String, password: String?, database: String, query: String, reason: Reason, code: String?
  ) async throws {
    let server = try await PostgresServer.shared.value
    let query = query.replacing("DIR", with: server.directory)
    let string = try server.url(user: user, password: password, database: database, query)
    try await onLoop { loop in
      let error = await #expect(throws: PostgresError.self) {
        try await server.connector(string, on: loop).connect(before: .inSeconds(10))
      }
      #expect(error?.reason == reason, "\(error?.detail ?? "")")
      #expect(error?.sqlState == code)
      #expect(error?.detail.contains("s3cret") == false)
      #expect(error?.detail.contains("LOCATION") == false)
    }
  }

  @Test(arguments: ["require", "verify-ca", "prefer", "disable"])
  func `sslmode is honoured`(mode: String) async throws {
    let server = try await PostgresServer.shared.value
    let string = try server.url("sslmode=\(mode)&sslrootcert=\(server.directory)/server.crt")
    let rows = try await onLoop { loop in
      try await server.connector(string, on: loop).connect(before: .inSeconds(10))
        .query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", before: .inSeconds(10))
    }
    #expect(rows.values == [[mode == "disable" ? "f" : "t"]])
  }

  @Test func `a password is accepted`() async throws {
    let server = try await PostgresServer.shared.value
    let string = try server.url(user: "keeper", password: "s3cret")
    try await onLoop { loop in
      let connection = try await server.connector(string, on: loop).connect(before: .inSeconds(10))
      #expect(connection.isOpen)
    }
  }

  @Test func `a unix socket and a name are connected to`() async throws {
    let server = try await PostgresServer.shared.value
    let places = ["host=\(server.directory)", "host=localhost", "host=localhost hostaddr=127.0.0.1"]
    try await onLoop { loop in
      for place in places {
        let string = try ConnectionString("\(place) port=\(server.port) user=postgres")
        let connection = try await server.connector(string, on: loop).connect(before: .inSeconds(10))
        #expect(connection.isOpen, "\(place)")
      }
    }
  }

  @Test func `the limit of connections is a reason`() async throws {
    let server = try await PostgresServer.shared.value
    try await onLoop { loop in
      let connector = try server.connector(server.url(user: "one"), on: loop)
      let first = try await connector.connect(before: .inSeconds(10))
      let error = await #expect(throws: PostgresError.self) { try await connector.connect(before: .inSeconds(10)) }
      #expect(error?.reason == .tooManyConnections)
      #expect(first.isOpen)
    }
  }
}
