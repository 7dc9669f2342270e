import Foundation

/// A shell command on a terminal of its own, in tmux.
final class TerminalSession: Sendable {
  private let socket: String
  private let directory: String
  private let cleanup: CrashGuard.Token

  /// Starts `command`, by a shell that stays when it has ended and then shows `ended CODE`.
  init(_ command: String, width: Int = 80, height: Int = 24) throws {
    directory = try Scratch.directory("tmux")
    socket = "\(directory)/socket"
    cleanup = CrashGuard.shared.add("tmux -S \(socket) kill-server 2>/dev/null")
    let script = """
      export NO_COLOR=1
      trap : INT
      stty -g >\(directory)/before
      \(command)
      code=$?
      stty -g >\(directory)/after
      echo "ended $code"
      exec sleep 1000
      """
    try script.write(toFile: "\(directory)/script", atomically: false, encoding: .utf8)
    try tmux("-f", "/dev/null", "new-session", "-d", "-x", "\(width)", "-y", "\(height)", "sh \(directory)/script")
  }

  /// What is on the screen, without spaces at the ends of lines.
  func screen() throws -> [String] {
    try tmux("capture-pane", "-p").dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// Waits until what is on the screen is as `condition` wants it, and returns it.
  @discardableResult
  func wait(_ what: String, within limit: Duration = .seconds(20), _ condition: ([String]) -> Bool) throws -> [String] {
    try eventually(within: limit, every: .milliseconds(100), what) {
      let screen = try screen()
      guard condition(screen) else { throw TestbedError("\n" + screen.joined(separator: "\n")) }
      return screen
    }
  }

  /// Presses keys, by tmux's names or as they are: `Down`, `q`, `C-c`.
  func press(_ keys: String...) throws {
    for key in keys { try tmux("send-keys", key) }
  }

  func resize(width: Int, height: Int) throws {
    try tmux("resize-window", "-x", "\(width)", "-y", "\(height)")
  }

  /// The processes that run on the terminal, the shell's children among them.
  var processes: [pid_t] {
    get throws {
      guard let shell = pid_t(try tmux("display-message", "-p", "#{pane_pid}").dropLast()) else { return [] }
      return ProcessTree.members(shell).filter { $0 != shell }
    }
  }

  /// Whether the terminal's settings after the command are those of before.
  var isRestored: Bool {
    let settings = ["before", "after"].map { try? String(contentsOfFile: "\(directory)/\($0)", encoding: .utf8) }
    return settings[0] != nil && settings[0] == settings[1]
  }

  /// Ends the terminal and all that runs on it.
  func stop() {
    _ = try? tmux("kill-server")
    cleanup.remove()
    Scratch.remove(directory)
  }

  @discardableResult
  private func tmux(_ arguments: String...) throws -> String {
    var environment = ProcessInfo.processInfo.environment
    environment["TERM"] = "xterm-256color"
    environment["LC_ALL"] = "C.UTF-8"
    environment["TMUX"] = nil
    return try Subprocess.run(["tmux", "-S", socket] + arguments, environment: environment)
  }
}
