import Engine
package import EventLoop

/// Runs scripts in a container, whose failures are told with what they said.
package struct ContainerShell: Sendable {
  let manager: Manager
  let container: String
  /// What it is, for people: `pilito_postgres`.
  let title: String
  let deadline: Instant
  /// Is asked between two pieces and while nothing happens, and throws where somebody has pressed Ctrl-C.
  let check: @Sendable () async throws(OperationError) -> Void

  package init(
    _ manager: Manager, _ container: String, title: String, before deadline: Instant,
    check: @escaping @Sendable () async throws(OperationError) -> Void
  ) {
    self.manager = manager
    self.container = container
    self.title = title
    self.deadline = deadline
    self.check = check
  }

  /// For what has to be done whatever has happened: also after Ctrl-C, and after the deadline.
  var unstoppable: ContainerShell {
    ContainerShell(manager, container, title: title, before: .now + .seconds(30)) { () async throws(OperationError) in }
  }

  /// How much of what a command complains about is kept.
  private static let longestComplaint = 4096
  /// How long Ctrl-C may wait for a command that says nothing.
  private static let pulse = Duration.milliseconds(200)

  /// Runs a script of `sh` to its end.
  ///
  /// - Parameters:
  ///   - arguments: `$1` and so on. They can be seen in the container's list of processes: nothing secret.
  ///   - input: gives the next piece of what the script reads; an empty one is the end, nil that there is no input.
  ///   - output: takes what it writes.
  /// - Returns: what it wrote to standard error.
  /// - Throws: `failed` where it exits with another code than 0.
  @discardableResult
  func stream(
    _ script: String, _ arguments: [String] = [], environment: [String] = [], does action: String,
    input: (() throws(OperationError) -> [UInt8])? = nil,
    output: ([UInt8]) async throws(OperationError) -> Void
  ) async throws(OperationError) -> String {
    var command = Exec.Command(["sh", "-c", script, "vitals"] + arguments, takesInput: input != nil)
    command.environment = environment
    var complaint: [UInt8] = []
    let exec = try await waiting(action) { () throws(EngineError) in
      try await Exec(command, in: container, manager.control, before: deadline, pulse: Self.pulse)
    }
    while true {
      let event = try await waiting(action) { () throws(EngineError) in try await exec.next() }
      guard let event else { break }
      try await check()
      switch event {
      case .output(.stdout, let bytes): try await output(bytes)
      case .output(_, let bytes): complaint = Array((complaint + bytes).suffix(Self.longestComplaint))
      case .wantsInput:
        let piece = try input?() ?? []
        if piece.isEmpty { exec.finishInput() } else { exec.write(piece) }
      case .idle: break
      }
    }
    let code = try await waiting(action) { () throws(EngineError) in try await exec.exitCode() }
    let text = String(decoding: complaint, as: UTF8.self)
    guard code == 0 else {
      let last = text.split(separator: "\n").suffix(3).joined(separator: "; ")
      throw OperationError(.failed, "\(title): \(action) failed (exit code \(code))\(last.isEmpty ? "" : ": \(last)")")
    }
    return text
  }

  private func waiting<Value>(
    _ action: String, for body: () async throws(EngineError) -> Value
  ) async throws(OperationError) -> Value {
    do throws(EngineError) {
      return try await body()
    } catch {
      guard error.reason == .timedOut else { throw OperationError(error) }
      throw OperationError(
        .deadline, "\(title): \(action) was not over in time", advice: "--timeout gives it more time.")
    }
  }

  /// Runs a script and returns what it writes, without spaces and line breaks around it.
  func run(
    _ script: String, _ arguments: [String] = [], environment: [String] = [], does action: String
  ) async throws(OperationError) -> String {
    var bytes: [UInt8] = []
    try await stream(script, arguments, environment: environment, does: action) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: "\n")
  }
}
