import Health
import Testing

@testable import Postgres

@Suite struct PostgresErrorTests {
  @Test(arguments: [
    ("28P01", Reason.auth), ("28000", .auth), ("42501", .auth), ("3D000", .query), ("53300", .tooManyConnections),
    ("53200", .busy), ("57P03", .starting), ("57P01", .starting), ("57014", .timeout), ("25006", .readonly),
    ("08P01", .protocol), ("0A000", .protocol), ("XX000", .query), ("42P01", .query),
  ])
  func `a code has a reason`(code: String, reason: Reason) {
    #expect(PostgresError.reason(sqlState: code) == reason)
  }

  /// Messages of libpq 15, as it gave them.
  @Test(arguments: [
    (
      "connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n\tIs the server running on that host and "
        + "accepting TCP/IP connections?\n", Reason.refused
    ),
    ("connection to server on socket \"/x/.s.PGSQL.5432\" failed: No such file or directory\n\tIs the", .refused),
    ("connection to server on socket \"/x/.s.PGSQL.5432\" failed: Permission denied\n\tIs the", .refused),
    ("connection to server at \"10.0.0.1\", port 5432 failed: No route to host\n\tIs the server", .unreachable),
    ("connection to server at \"10.0.0.1\", port 5432 failed: Network is unreachable\n", .unreachable),
    ("connection to server at \"10.0.0.1\", port 5432 failed: Connection timed out\n\tIs the", .timeout),
    (
      "connection to server at \"h\" (10.0.0.1), port 1 failed: server closed the connection unexpectedly\n",
      .unreachable
    ),
    ("could not receive data from server: Connection reset by peer\n", .unreachable),
    (
      "connection to server at \"h\" (::1), port 1 failed: received invalid response to SSL negotiation: H\n", .protocol
    ),
    (
      "connection to server at \"h\" (::1), port 1 failed: expected authentication request from server, but received H\n",
      .protocol
    ),
    ("lost synchronization with server: got message type \"H\", length 1414811695\n", .protocol),
    ("connection to server at \"h\", port 1 failed: server does not support SSL, but SSL was required\n", .tls),
    ("connection to server at \"h\", port 1 failed: SSL error: certificate verify failed\n", .tls),
    ("connection to server at \"h\", port 1 failed: root certificate file \"/x\" does not exist\nEither provide", .tls),
    ("could not read root certificate file \"/x\": No such file or directory\n", .tls),
    (
      "connection to server at \"h\", port 1 failed: server certificate for \"a\" does not match host name \"h\"\n",
      .tls
    ),
    ("connection to server at \"h\", port 1 failed: fe_sendauth: no password supplied\n", .auth),
    ("connection to server at \"h\", port 1 failed: authentication method 12 not supported\n", .auth),
    ("connection to server at \"h\", port 1 failed: session is read-only\n", .readonly),
    ("connection to server at \"h\", port 1 failed: could not create socket: Too many open files\n", .internal),
    // The names in the message are not words of it.
    ("connection to server at \"password.example\" (::1), port 1 failed: Connection refused\n", .refused),
    ("connection to server at \"certificate.example\" (::1), port 1 failed: Connection refused\n", .refused),
    ("connection to server at \"h\", port 1 failed: FATAL:  28P01: password authentication failed\n", .auth),
    ("connection to server at \"h\", port 1 failed: FATAL:  57P03: the database system is starting up\n", .starting),
    ("connection to server at \"h\", port 1 failed: FATAL:  28000: no pg_hba.conf entry, SSL encryption\n", .auth),
    ("connection to server at \"h\", port 1 failed: FATALE:  3D000: il database non esiste\n", .query),
  ])
  func `a message has a reason`(message: String, reason: Reason) {
    #expect(PostgresError(message: message, secrets: []).reason == reason)
  }

  @Test(
    arguments: [
      ("FATAL:  28P01: password authentication failed", "28P01"), ("FATAL:  x:  28P01: y", "28P01"),
      ("FATAL:  28P0", nil), ("FATAL: 28P01: one space", nil), (":  ", nil), ("", nil), ("致命的エラー:  3D000: x", "3D000"),
      ("FATAL:  28p01: x", nil),
    ] as [(String, String?)])
  func `the code is found in a verbose message`(message: String, code: String?) {
    #expect(PostgresError.sqlState(in: message) == code)
  }

  @Test func `the detail is one line without secrets`() {
    let message =
      "ERROR:  42601: syntax error at \"s3cret\"\nLINE 1: s3cret\n\t^\nLOCATION:  scanner_yyerror, scan.l:1188\n"
    let error = PostgresError(message: message, secrets: ["s3cret"])
    #expect(error.detail == "ERROR:  42601: syntax error at \"***\" LINE 1: *** ^")
    #expect(error.description == "query: ERROR:  42601: syntax error at \"***\" LINE 1: *** ^")
  }

  @Test(arguments: [
    (PostgresError(.refused, ""), true), (PostgresError(.timeout, ""), true), (PostgresError(.dns, ""), true),
    (PostgresError(.starting, "", sqlState: "57P03"), true), (PostgresError(.auth, ""), false),
    (PostgresError(.tooManyConnections, "", sqlState: "53300"), false), (PostgresError(.readonly, ""), true),
  ])
  func `a server's own refusal ends the round of hosts`(error: PostgresError, allows: Bool) {
    #expect(error.allowsNextHost == allows)
  }
}
