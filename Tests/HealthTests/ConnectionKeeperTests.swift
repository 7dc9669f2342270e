import EventLoop
import Testing

@testable import Health

@Suite struct ConnectionKeeperTests {
  private final class Line: KeptConnection, @unchecked Sendable {
    var isOpen = true
    func ask(before deadline: Instant) async throws(CheckFailure) {}
    func ended(before deadline: Instant) async -> Bool { true }
    func close() { isOpen = false }
  }

  private let deadline = Instant.now + .seconds(60)

  /// A keeper that has been used once.
  private func usedKeeper() async throws -> ConnectionKeeper<Line, CheckFailure> {
    let keeper = ConnectionKeeper<Line, CheckFailure> { _ in Line() }
    try await keeper.use(before: deadline) { _ in }
    return keeper
  }

  @Test func `one connection serves every use`() async throws {
    let keeper = try await usedKeeper()
    let first = keeper.connection
    for _ in 0..<3 { try await keeper.use(before: deadline) { #expect($0 === first) } }
    #expect(keeper.connections == 1)
  }

  @Test func `a connection that is known to be lost is replaced without being used`() async throws {
    let keeper = try await usedKeeper()
    keeper.connection?.close()
    var uses = 0
    let isOpen = try await keeper.use(before: deadline) { line throws(CheckFailure) in
      uses += 1
      return line.isOpen
    }
    #expect(isOpen && uses == 1)
    #expect(keeper.connections == 2)
  }

  @Test func `a connection that turns out to be dead is replaced once`() async throws {
    let keeper = try await usedKeeper()
    var uses = 0
    let error = await #expect(throws: CheckFailure.self) {
      try await keeper.use(before: deadline) { line throws(CheckFailure) in
        uses += 1
        line.close()
        throw CheckFailure(.unreachable, detail: "\(uses)")
      }
    }
    #expect(error?.detail == "2")
    #expect(keeper.connections == 2)
  }

  @Test func `a failure of a connection that was opened for this use is final`() async throws {
    let keeper = ConnectionKeeper<Line, CheckFailure> { _ in Line() }
    await #expect(throws: CheckFailure.self) {
      try await keeper.use(before: deadline) { line throws(CheckFailure) in
        line.close()
        throw CheckFailure(.unreachable)
      }
    }
    #expect(keeper.connections == 1)
  }

  @Test func `a server that answered is not asked again`() async throws {
    let keeper = try await usedKeeper()
    await #expect(throws: CheckFailure.self) {
      try await keeper.use(before: deadline) { _ throws(CheckFailure) in throw CheckFailure(.query) }
    }
    #expect(keeper.connections == 1)
    #expect(keeper.connection?.isOpen == true)
  }

  @Test func `there is no second attempt past the deadline`() async throws {
    let keeper = try await usedKeeper()
    await #expect(throws: CheckFailure.self) {
      try await keeper.use(before: .now) { line throws(CheckFailure) in
        line.close()
        throw CheckFailure(.timeout)
      }
    }
    #expect(keeper.connections == 1)
  }

  @Test func `who closes the connection during a use gets no other`() async throws {
    let keeper = try await usedKeeper()
    await #expect(throws: CheckFailure.self) {
      try await keeper.use(before: deadline) { _ throws(CheckFailure) in
        keeper.close()
        throw CheckFailure(.internal)
      }
    }
    #expect(keeper.connection == nil)
    #expect(keeper.connections == 1)
  }
}
