package import EventLoop
import FoundationEssentials
import Glibc

/// A command that runs in a container, as `docker exec` has it, with its input and its outputs.
///
/// Whoever started it asks for one event after the other, gives input where it is wanted, and then for the exit code. Between
/// two events nothing is read, so that a command which is faster than its reader waits. The engine can't end a command: one
/// that is abandoned goes on until it notices that its input has ended or that nobody reads.
package final class Exec {
  package struct Command: Sendable {
    /// The program and its arguments.
    ///
    /// They can be seen in the container's list of processes: nothing secret.
    package var arguments: [String]
    /// `NAME=value`, added to the container's own.
    package var environment: [String] = []
    /// Whose the process is, as `user` or `uid:gid`; nil for the container's own.
    package var user: String?
    /// Whether it has an input; else it reads the end of one.
    package var takesInput = false

    package init(_ arguments: [String], takesInput: Bool = false) {
      self.arguments = arguments
      self.takesInput = takesInput
    }
  }

  package enum Event: Equatable, Sendable {
    case output(Frames.Source, [UInt8])
    /// All input so far is on its way: `write` more, or `finishInput`.
    case wantsInput
    /// Neither input nor outputs have moved for a `pulse`.
    case idle
  }

  private static let pieceSize = 32 * 1024

  private let client: Client
  private let connection: Connection
  private let id: String
  private let deadline: Instant
  private let pulse: Duration?
  private let operation: String

  private var frames = Frames()
  private let piece: UnsafeMutableRawBufferPointer
  /// What of `piece` has been received, and not been handed over.
  private var received: Range<Int>
  private var unsent: ArraySlice<UInt8> = []
  private var isInputOpen: Bool
  private var hasEnded = false

  /// Starts a command.
  ///
  /// - Parameters:
  ///   - deadline: when its output has to have ended.
  ///   - pulse: after how long without input and output `idle` is an event; nil for never.
  /// - Throws: `status` where the engine refuses: 404 for no such container, 409 for one that does not run.
  package init(
    _ command: Command, in container: String, _ control: Control, before deadline: Instant, pulse: Duration? = nil
  ) async throws(EngineError) {
    client = control.client
    self.deadline = deadline
    self.pulse = pulse
    id = try await Exec.create(command, in: container, control, before: deadline)
    operation = "POST /exec/\(id.prefix(12))/start"
    let (connection, first) = try await client.upgrade(
      "/exec/\(id)/start", content: Array(#"{"Detach":false,"Tty":false}"#.utf8),
      .init(deadline: deadline, silence: .seconds(1_000_000)))
    self.connection = connection
    isInputOpen = command.takesInput
    piece = .allocate(byteCount: Exec.pieceSize, alignment: 16)
    piece.copyBytes(from: first)
    received = 0..<first.count
    if !isInputOpen { connection.socket.finishSending() }
  }

  deinit {
    connection.socket.close()
    piece.deallocate()
  }

  /// What happens next; nil once the outputs have ended.
  package func next() async throws(EngineError) -> Event? {
    // A fast command keeps the socket ready for as long as it runs: nothing here would suspend.
    await Task.yield()
    while true {
      if let output = try takeFrame() { return output }
      if hasEnded { return nil }
      if try receive() { continue }
      if try send() { continue }
      if isInputOpen, unsent.isEmpty { return .wantsInput }
      guard try await wait() else { return .idle }
    }
  }

  /// Adds to the input; what the command no longer reads is dropped.
  package func write(_ bytes: some Sequence<UInt8>) {
    if isInputOpen { unsent += bytes }
  }

  /// Ends the input, once all that was written is sent.
  package func finishInput() {
    guard isInputOpen else { return }
    isInputOpen = false
    if unsent.isEmpty { connection.socket.finishSending() }
  }

  /// The command's exit code; 126 and 127 also where it could not be started.
  ///
  /// - Throws: `timedOut` where it runs on although its outputs have ended.
  package func exitCode() async throws(EngineError) -> Int32 {
    var delay = Duration.milliseconds(10)
    while true {
      let state = try await client.object(ExecState.self, at: "/exec/\(id)/json", before: deadline)
      if !state.isRunning, let code = state.exitCode { return code }
      guard .now + delay < deadline else { throw failure(.timedOut) }
      // The outputs end a moment before the engine notes the end of the process.
      await client.loop.sleep(until: .now + delay)
      delay = min(delay * 2, .seconds(1))
    }
  }

  private static func create(
    _ command: Command, in container: String, _ control: Control, before deadline: Instant
  ) async throws(EngineError) -> String {
    let request = ExecRequest(
      takesInput: command.takesInput, arguments: command.arguments, environment: command.environment,
      user: command.user ?? "")
    let path = "/containers/\(container)/exec"
    do {
      let content = try JSONEncoder().encode(request)
      let answer = try await control.post(path, content: [UInt8](content), before: deadline)
      return try JSONDecoder().decode(ExecAnswer.self, from: Data(answer)).id
    } catch let error as EngineError {
      throw error
    } catch {
      throw EngineError(.malformed("\(error)"), "POST \(path)", host: control.client.host.description)
    }
  }

  private func takeFrame() throws(EngineError) -> Event? {
    do {
      var offset = received.lowerBound
      let frame = try frames.next(UnsafeRawBufferPointer(rebasing: piece[..<received.upperBound]), from: &offset)
      received = offset..<received.upperBound
      return frame.map { .output($0.source, Array(piece[$0.range])) }
    } catch {
      throw failure(.malformed("the output is not in frames"))
    }
  }

  /// Reads what is there; false where there is nothing.
  private func receive() throws(EngineError) -> Bool {
    do {
      guard let count = try connection.socket.receive(into: piece) else { return false }
      received = 0..<count
      hasEnded = count == 0
    } catch {
      // A command that has ended without reading all of its input: the engine hangs up on the rest of it.
      guard error.reason == .system(ECONNRESET) else { throw Connection.error(error, operation, client.host) }
      hasEnded = true
    }
    guard !hasEnded || frames.isComplete else { throw failure(.unreachable("the output was cut off")) }
    return true
  }

  /// Sends what can be sent; false where that is nothing.
  private func send() throws(EngineError) -> Bool {
    guard !unsent.isEmpty else { return false }
    do {
      guard let count = try unsent.withUnsafeBytes({ bytes throws(IOError) in try connection.socket.send(bytes) })
      else { return false }
      unsent = unsent.dropFirst(count)
      if unsent.isEmpty {
        unsent = []
        if !isInputOpen { connection.socket.finishSending() }
      }
    } catch {
      // It reads no more, and its outputs say why.
      unsent = []
      isInputOpen = false
    }
    return true
  }

  /// Waits until something moves; false where nothing has for a pulse.
  private func wait() async throws(EngineError) -> Bool {
    let limit = pulse.map { min(deadline, .now + $0) } ?? deadline
    do {
      if unsent.isEmpty {
        try await connection.socket.readable(before: limit)
      } else {
        try await connection.socket.readableOrWritable(before: limit)
      }
      return true
    } catch {
      if error.reason == .timedOut, limit < deadline { return false }
      throw Connection.error(error, operation, client.host)
    }
  }

  private func failure(_ reason: EngineError.Reason) -> EngineError {
    EngineError(reason, operation, host: client.host.description)
  }
}
