import EventLoop
import Foundation
import Health
import TestSupport
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(2))) struct PostgresCheckTests {
  @Test func `one connection serves all runs`() async throws {
    let server = try await PostgresServer()
    defer { server.stop() }
    let sessions = try await onLoop { loop in
      let check = PostgresCheck(try server.connector(on: loop))
      for _ in 0..<20 { try await check.check(before: .inSeconds(10)) }
      #expect(check.connections == 1)
      let rows = try await server.connector(on: loop).connect(before: .inSeconds(10)).query(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vitals' AND pid <> pg_backend_pid()",
        before: .inSeconds(10))
      await check.close()
      return rows.values
    }
    #expect(sessions == [["1"]])
  }

  @Test func `a terminated session is noticed at once and replaced in silence`() async throws {
    let server = try await PostgresServer()
    defer { server.stop() }
    try await onLoop { loop in
      let check = PostgresCheck(try server.connector(on: loop))
      let administrator = try await server.connector(on: loop).connect(before: .inSeconds(10))
      let terminate =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        + "AND application_name = 'vitals'"
      try await check.check(before: .inSeconds(10))
      _ = try await administrator.query(terminate, before: .inSeconds(10))
      let start = Instant.now
      #expect(await check.watch(until: .inSeconds(10)))
      #expect(Instant.now - start < .seconds(2))
      try await check.check(before: .inSeconds(10))
      #expect(check.connections == 2)

      // The same without a watch in between: the dead handle shows in the query.
      _ = try await administrator.query(terminate, before: .inSeconds(10))
      try await check.check(before: .inSeconds(10))
      #expect(check.connections == 3)
    }
  }

  @Test func `a killed server is noticed by the watch at once, and refuses then`() async throws {
    let server = try await PostgresServer()
    defer { server.stop() }
    let elapsed = try await onLoop { loop in
      let check = PostgresCheck(try server.connector(on: loop))
      try await check.check(before: .inSeconds(10))
      let killed = Instant.now
      server.crash()
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
    let server = try await PostgresServer()
    defer { server.stop() }
    try await onLoop { loop in
      let check = PostgresCheck(try server.connector(on: loop))
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
    let server = try await PostgresServer.shared.value
    try await onLoop { loop in
      let check = PostgresCheck(try server.connector(on: loop))
      #expect(await check.watch(until: .inSeconds(10)) == false)
      try await check.check(before: .inSeconds(10))
      #expect(await check.watch(until: .now + .milliseconds(50)) == false)

      let task = Task(executorPreference: loop) { await check.watch(until: .inSeconds(60)) }
      await loop.sleep(until: .now + .milliseconds(20))
      task.cancel()
      #expect(await task.value == false)
      try await check.check(before: .inSeconds(10))
      #expect(check.connections == 1)
    }
  }

  @Test func `what comes while idle is taken in and the watch goes on`() async throws {
    let server = try await PostgresServer()
    defer { server.stop() }
    try await onLoop { loop in
      let (notices, continuation) = AsyncStream<String>.makeStream()
      var connector = try server.connector(on: loop)
      connector.onNotice = { continuation.yield($0) }
      let check = PostgresCheck(connector)
      try await check.check(before: .inSeconds(10))
      let administrator = try await server.connector(on: loop).connect(before: .inSeconds(10))
      // A reload tells each session of the parameters that it reports.
      _ = try await administrator.query("ALTER SYSTEM SET DateStyle = 'German'", before: .inSeconds(10))
      _ = try await administrator.query("SELECT pg_reload_conf()", before: .inSeconds(10))
      #expect(await check.watch(until: .now + .milliseconds(300)) == false)
      try await check.check(before: .inSeconds(10))
      #expect(check.connections == 1)
      continuation.finish()
      #expect(await notices.reduce(into: 0) { count, _ in count += 1 } == 0)
    }
  }
}
