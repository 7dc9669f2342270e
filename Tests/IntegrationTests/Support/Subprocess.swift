import Foundation
import Glibc

/// A child process with its output, killed at the latest when the test process ends.
///
/// All of the interface blocks the calling thread and takes a time limit. Each child leads a process group of its own.
final class Subprocess: Sendable {
  /// Where the child's standard output and standard error go.
  enum Output {
    /// Into memory, see ``output`` and ``errorOutput``. Only for programs that leave no process behind.
    case captured
    /// Appended to a file: for servers, whose log may grow and whose children outlive them.
    case file(String)
  }

  /// How a process ended.
  enum Exit: Equatable {
    case code(Int32)
    case signal(Int32)
  }

  private struct State {
    var exit: Exit?
    var output: [UInt8] = []
    var errorOutput: [UInt8] = []
    var openStreams = 0
  }

  /// The process id, which is also the id of its process group.
  let pid: pid_t
  let command: [String]
  private let state: Monitor<State>
  private let cleanup: CrashGuard.Token

  /// Starts `command`; its first word is looked up by ``Tool/path(_:)``.
  ///
  /// - Parameters:
  ///   - environment: the whole environment of the child; nil passes on the test's own.
  ///   - input: what the child reads on standard input, at most a few kilobytes.
  ///   - lastSignal: what the processes get first when the test process dies without ending them; SIGKILL follows.
  init(
    _ command: [String], environment: [String: String]? = nil, input: String = "", output: Output = .captured,
    lastSignal: String = "KILL"
  ) throws {
    self.command = command
    let path = try Tool.path(command[0])
    let channels = try Channels(input: input, output: output)
    pid = try spawn(path, command, environment, channels.child)
    channels.closeChildEnds()
    state = Monitor(State(openStreams: channels.parent.count))
    cleanup = CrashGuard.shared.add("\(Tool.script("end-process")) \(pid) \(lastSignal)")
    for (index, descriptor) in channels.parent.enumerated() { collect(descriptor, isError: index == 1) }
    awaitExit()
  }

  /// What the process has written to standard output so far.
  var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }

  /// What the process has written to standard error so far.
  var errorOutput: String { state.withLock { String(decoding: $0.errorOutput, as: UTF8.self) } }

  /// How the process ended; nil while it runs.
  var exit: Exit? { state.withLock(\.exit) }

  /// Sends a signal to the process, never to another one that got its number.
  func signal(_ number: Int32) {
    state.withLock { if $0.exit == nil { _ = Glibc.kill(pid, number) } }
  }

  /// Kills the process and all of its descendants and waits until they are gone.
  func kill() {
    // Once it has ended, its number may be another process'.
    if exit == nil { ProcessTree.kill(pid) }
    _ = wait(within: .seconds(10))
  }

  /// Waits for the end of the process and of its captured output.
  func wait(within limit: Duration) -> Exit? {
    state.wait(within: limit) { $0.openStreams == 0 ? $0.exit : nil }
  }

  /// Waits until a line of standard error contains `text` and returns that line.
  ///
  /// Ends early when the process does: a server that could not start should not cost the whole time limit.
  func waitForLine(containing text: String, within limit: Duration) throws -> String {
    let found = state.wait(within: limit) { state -> String?? in
      let lines = state.errorOutput.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
      for line in lines.lazy.map({ String(decoding: $0, as: UTF8.self) }) where line.contains(text) { return line }
      return state.exit != nil && state.openStreams == 0 ? .some(nil) : nil
    }
    if let line = found ?? nil { return line }
    throw TestbedError("\(command[0]): no line with '\(text)' (\(exit.map { "\($0)" } ?? "running")): \(errorOutput)")
  }

  /// Runs a command to its end and returns its standard output.
  ///
  /// Throws when it fails or takes longer than `limit`, with what it said on standard error.
  @discardableResult
  static func run(
    _ command: [String], environment: [String: String]? = nil, input: String = "", within limit: Duration = .seconds(30)
  ) throws -> String {
    let result = try outcome(command, environment: environment, input: input, within: limit)
    guard result.exit == .code(0) else {
      throw TestbedError("\(command.joined(separator: " ")): \(result.exit): \(result.errorOutput)\(result.output)")
    }
    return result.output
  }

  /// Runs a command to its end, whatever that is.
  static func outcome(
    _ command: [String], environment: [String: String]? = nil, input: String = "", within limit: Duration = .seconds(30)
  ) throws -> (exit: Exit, output: String, errorOutput: String) {
    let process = try Subprocess(command, environment: environment, input: input)
    guard let exit = process.wait(within: limit) else {
      process.kill()
      throw TestbedError("\(command.joined(separator: " ")): still running after \(limit): \(process.errorOutput)")
    }
    return (exit, process.output, process.errorOutput)
  }

  private func collect(_ descriptor: Int32, isError: Bool) {
    thread("output of \(pid)") { [state] in
      var buffer = [UInt8](repeating: 0, count: 64 * 1024)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { break }
        state.withLock {
          if isError { $0.errorOutput += buffer[..<count] } else { $0.output += buffer[..<count] }
        }
      }
      close(descriptor)
      state.withLock { $0.openStreams -= 1 }
    }
  }

  private func awaitExit() {
    thread("end of \(pid)") { [pid, state, cleanup] in
      var info = siginfo_t()
      // WNOWAIT: the number stays taken until the lock is held, so signal(_:) never hits a stranger.
      while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
      state.withLock {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        $0.exit = status & 0x7f == 0 ? .code(status >> 8 & 0xff) : .signal(status & 0x7f)
      }
      cleanup.remove()
    }
  }
}

/// Starts a thread that ends with its body.
private func thread(_ name: String, _ body: @escaping @Sendable () -> Void) {
  let thread = Thread(block: body)
  thread.name = name
  thread.start()
}

/// Both ends of a child's standard streams. Close-on-exec from birth: no other child may inherit them.
private struct Channels {
  /// Descriptors that become 0, 1 and 2.
  let child: [Int32]
  /// The reading ends of output and error, when captured.
  let parent: [Int32]

  init(input: String, output: Subprocess.Output) throws {
    let stdin: Int32
    if input.isEmpty {
      stdin = try Channels.open("/dev/null", O_RDONLY)
    } else {
      let pair = try Channels.pair()
      let bytes = Array(input.utf8)
      let written = write(pair.0, bytes, bytes.count)
      close(pair.0)
      guard written == bytes.count else { throw TestbedError("input of \(bytes.count) bytes is too long") }
      stdin = pair.1
    }
    switch output {
    case .captured:
      let out = try Channels.pair()
      let error = try Channels.pair()
      child = [stdin, out.1, error.1]
      parent = [out.0, error.0]
    case .file(let path):
      let log = try Channels.open(path, O_WRONLY | O_CREAT | O_APPEND)
      child = [stdin, log]
      parent = []
    }
  }

  func closeChildEnds() {
    for descriptor in child { close(descriptor) }
  }

  private static func open(_ path: String, _ flags: Int32) throws -> Int32 {
    let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw TestbedError("open \(path): errno \(errno)") }
    return descriptor
  }

  /// Glibc's module lacks pipe2; a socket pair can be close-on-exec from birth as well.
  private static func pair() throws -> (Int32, Int32) {
    var ends: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw TestbedError("socketpair: errno \(errno)") }
    return (ends[0], ends[1])
  }
}

/// posix_spawn in a new process group, with default signal actions and no blocked signals.
private func spawn(
  _ path: String, _ arguments: [String], _ environment: [String: String]?, _ streams: [Int32]
) throws -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for target in 0...2 {
    posix_spawn_file_actions_adddup2(&actions, streams[min(target, streams.count - 1)], Int32(target))
  }
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  var all = sigset_t()
  sigemptyset(&none)
  sigfillset(&all)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setsigdefault(&attributes, &all)
  posix_spawnattr_setflags(
    &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

  let variables = environment ?? ProcessInfo.processInfo.environment
  var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
  var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { for string in argv + envp { free(string) } }
  var pid: pid_t = 0
  let failure = posix_spawn(&pid, path, &actions, &attributes, &argv, &envp)
  guard failure == 0 else { throw TestbedError("\(path): \(String(cString: strerror(failure)))") }
  return pid
}
