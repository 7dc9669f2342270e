import Foundation
import Glibc

/// Cleans up after the test process, however that ends.
///
/// A script that is no descendant of the test process holds one end of a socket whose other end only the test process
/// has. The end of the test process closes it, and the script then runs every command that was added and not removed,
/// newest first.
final class CrashGuard: Sendable {
  /// The test run's one guard.
  static let shared = CrashGuard()

  /// An added command, which can be taken back once its work is done.
  struct Token: Sendable {
    fileprivate let number: Int
    fileprivate let owner: CrashGuard

    /// Takes the command back.
    func remove() {
      owner.send { _ in "-\(number)\n" }
    }
  }

  private let next: Monitor<Int>
  private let socket: Int32

  private init() {
    next = Monitor(0)
    var ends: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { fatalError("socketpair: errno \(errno)") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var pid: pid_t = 0
    var argv: [UnsafeMutablePointer<CChar>?] = [
      strdup("setsid"), strdup("--fork"), strdup(Tool.script("crash-guard")), nil,
    ]
    defer { for string in argv { free(string) } }
    let failure = posix_spawnp(&pid, "setsid", &actions, nil, &argv, environ)
    guard failure == 0 else { fatalError("setsid: \(String(cString: strerror(failure)))") }
    // The script is a child of setsid, which ends at once.
    waitpid(pid, nil, 0)
    close(ends[1])
    socket = ends[0]
  }

  /// Adds a shell command, without line breaks, that is to run when the test process is gone.
  func add(_ command: String) -> Token {
    var number = 0
    send { next in
      next += 1
      number = next
      return "+\(number) \(command)\n"
    }
    return Token(number: number, owner: self)
  }

  private func send(_ line: (inout Int) -> String) {
    next.withLock { next in
      let bytes = Array(line(&next).utf8)
      _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
  }
}
