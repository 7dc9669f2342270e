import Engine
import EventLoop
import FoundationEssentials
import Glibc
import Operations
import Vitals

/// What a command works with.
struct OperatorContext: Sendable {
  let manager: Manager
  /// The engine that `manager` talks to.
  let host: Host
  let loop: EventLoop
  let output: CommandOutput
  /// When the command gives up.
  let deadline: Instant
  /// How long the command may take in all.
  let timeout: Duration
  /// Whether `--timeout` says so, and not the command's own default.
  let hasTimeout: Bool
  let interruption: Interruption
  /// The name of the subcommand.
  let command: String

  /// Waits, unless somebody presses Ctrl-C: every wait of a command is one of these.
  ///
  /// - Throws: `interrupted`.
  func pause(_ duration: Duration) async throws(OperationError) {
    try await interruption.pause(until: min(deadline, .now + duration))
  }

  /// How the command waits for something, until its deadline.
  var waiting: Waiting { Waiting(before: deadline, pause: pause, report: output.progress) }

  /// Asks before something is lost, unless the answer is given already.
  ///
  /// - Throws: `usage` where nobody can be asked, `failed` where the answer is not yes, `deadline` where there is none.
  func confirm(_ question: String, _ options: ConfirmOptions) async throws(OperationError) {
    if options.yes || options.dryRun { return }
    guard isatty(STDIN_FILENO) == 1, output.isInteractive else {
      throw OperationError(.usage, question, advice: "Nobody can be asked here: repeat this with --yes.")
    }
    writeError("\(question) [y/N] ")
    try await awaitInput()
    guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
      throw OperationError(.failed, "nothing was changed")
    }
  }

  /// Waits until a read of standard input does not block, so that Ctrl-C is seen meanwhile.
  ///
  /// - Throws: `deadline`, `interrupted`.
  func awaitInput() async throws(OperationError) {
    // A terminal has nothing to read before a line is complete.
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    while poll(&input, 1, 0) <= 0 {
      guard .now < deadline else { throw OperationError(.deadline, "nothing has come from standard input") }
      try await pause(.milliseconds(100))
    }
  }

  /// Changes a stack: under its lock, and with a line in the audit log, also where the change fails.
  ///
  /// Ctrl-C ends `body` at its next pause; a second one ends the program, and leaves the lock to expire.
  ///
  /// - Parameter action: the command and its arguments, without secrets.
  func change<Value>(
    stack: String, action: String, _ options: ChangeOptions, _ body: () async throws(OperationError) -> Value
  ) async throws(OperationError) -> Value {
    try await interruption.shielded { () throws(OperationError) in
      let lock = try await takeLock(of: stack, options)
      // The lock is given back before the line is written, so that whoever reads the line can go on.
      return try await audited(stack: stack, action: action) { () throws(OperationError) in
        let result = await Result { () async throws(OperationError) in
          // It may have been interrupted meanwhile.
          try await pause(.zero)
          return try await body()
        }
        do throws(OperationError) {
          // The command's own time may be over.
          try await manager.release(lock, before: .now + .seconds(10))
        } catch {
          output.progress("the lock of \(stack) could not be removed (\(error.message)); it expires by itself")
        }
        return try result.get()
      }
    }
  }

  /// - Returns: what gives it back.
  private func takeLock(of stack: String, _ options: ChangeOptions) async throws(OperationError) -> String {
    if options.forceUnlock, let old = try await removeLock(of: stack) {
      output.progress("removed the lock of \(stack): \(old.description)")
    }
    let now = Date()
    return try await manager.take(
      Lock(
        stack: stack, owner: owner, action: command, since: now,
        // Some time more than the command has, as it may take that to notice.
        expires: now.addingTimeInterval(Double(timeout.components.seconds) + 60)),
      before: deadline)
  }

  /// Removes the lock of a stack, whoever holds it: a change of its own in the audit log.
  ///
  /// - Returns: what it was, nil where there was none.
  func removeLock(of stack: String) async throws(OperationError) -> Lock? {
    guard let lock = try await manager.lock(of: stack, before: deadline) else { return nil }
    _ = try await audited(stack: stack, action: "lock --release") { () throws(OperationError) in
      try await manager.forceUnlock(stack, before: deadline)
    }
    return lock
  }

  /// Changes something, and writes a line in the audit log, also where the change fails.
  ///
  /// - Parameters:
  ///   - stack: empty for what belongs to no stack.
  ///   - action: the command and its arguments, without secrets.
  func audited<Value>(
    stack: String = "", action: String, _ body: () async throws(OperationError) -> Value
  ) async throws(OperationError) -> Value {
    let began = Instant.now
    let now = Date()
    let result = await Result { () async throws(OperationError) in try await interruption.shielded(body) }
    let record = AuditRecord(
      time: now, user: owner, stack: stack, action: action, seconds: (Instant.now - began).roundedSeconds,
      error: result.error)
    if let complaint = AuditLog.standard.append(record.line) { output.progress(complaint) }
    return try result.get()
  }

  /// Who gives the command: `user@host`.
  var owner: String { "\(userName())@\(hostName())" }

  private func userName() -> String {
    // Of who became root, the name is what counts.
    variable("SUDO_USER") ?? variable("USER") ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) }
      ?? "uid \(getuid())"
  }
}
