import Engine
import EventLoop
import TestSupport
import Testing

@testable import Operations

/// What a container's command writes, through an engine that says what a test wants.
struct ContainerShellTests {
  /// Has PostgreSQL dump a database, of which `pieces` arrive before the connection ends.
  private func dump(_ pieces: [String]) async throws -> [UInt8] {
    try await onLoop { loop in
      let engine = try ScriptedEngine(on: loop) { target in
        if target.hasSuffix("/_ping") { return .pong("Api-Version: 1.41") }
        if target.hasSuffix("/exec") { return .status(201, #"{"Id":"e1"}"#) }
        if target.hasSuffix("/start") {
          let frames = pieces.map { String(decoding: [1, 0, 0, 0, 0, 0, 0, UInt8($0.utf8.count)], as: UTF8.self) + $0 }
          return .rawThenClose("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n" + frames.joined())
        }
        return .json(#"{"Running":false,"ExitCode":0}"#)
      }
      defer { engine.close() }
      let shell = ContainerShell(
        Manager(Host(.unix(path: engine.path)), on: loop), "c1", title: "postgres", before: .inSeconds(20), check: {})
      var bytes: [UInt8] = []
      try await PostgresStore(shell).dump("shop") { bytes += $0 }
      return bytes
    }
  }

  @Test(arguments: [[], ["PGDMP"], ["PGDMP and more than the word that is awaited"]])
  func `a dump whose connection ends at the edge of a frame is not a whole one`(pieces: [String]) async {
    let error = await #expect(throws: OperationError.self) { try await dump(pieces) }
    #expect(error?.message == "postgres: pg_dump of shop was cut off: the connection has ended before the output")
  }
}
