import Foundation

/// A process that the harness started, in a process group of its own: Ctrl-C reaches only the harness.
struct Child: Sendable {
  /// How a process ended and what it used.
  struct Exit {
    let status: Int32
    let cpuSeconds: Double
  }

  let pid: pid_t
  let name: String
  /// The file that holds what it wrote to its standard output and standard error.
  let log: String
  /// What makes it end at once, its own children included.
  let stopSignal: Int32

  /// Starts a program on one core.
  ///
  /// Of the harness's environment only `PATH` and `HOME` are handed down.
  init(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], core: Int, log: String,
    stopSignal: Int32 = SIGKILL
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)

    // The harness ignores the signals that it takes through a dispatch source; exec would hand that down.
    var defaults = sigset_t()
    sigfillset(&defaults)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))

    let inherited = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME"].contains($0.key) }
    let variables = inherited.merging(environment) { $1 }.map { "\($0)=\($1)" }
    let argv = arguments.map { strdup($0) } + [nil]
    let envp = variables.map { strdup($0) } + [nil]
    defer { (argv + envp).forEach { free($0) } }

    var pid: pid_t = 0
    let error = Cores.pinned(to: core) {
      posix_spawnp(&pid, arguments[0], &actions, &attributes, argv, envp)
    }
    guard error == 0 else { throw Failure("cannot start \(arguments[0]): \(String(cString: strerror(error)))") }
    self.pid = pid
    self.name = name
    self.log = log
    self.stopSignal = stopSignal
  }

  /// Waits for its end.
  func wait() -> Exit {
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
    let used = [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }
    // As a shell has it: the exit code, or 128 and the signal.
    let signal = status & 0x7f
    return Exit(status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, cpuSeconds: used[0] + used[1])
  }

  /// Ends it and everything it started, stopped processes too.
  func stop() {
    let tree = ProcessTree(root: pid).pids
    for pid in tree { kill(pid, SIGCONT) }
    kill(pid, stopSignal)
    let deadline = monotonicSeconds() + 5
    while waitpid(pid, nil, WNOHANG) == 0, monotonicSeconds() < deadline { sleep(seconds: 0.002) }
    for pid in tree { kill(pid, SIGKILL) }
    waitpid(pid, nil, WNOHANG)
  }

  /// The end of its log, for a message.
  var lastWords: String {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(3).joined(separator: " | ")
  }
}
