import Foundation
import Synchronization

/// What a run must leave nothing of: a temporary directory, and the processes started in it.
///
/// Locked, because a signal closes it from another thread.
final class Workspace: Sendable {
  let directory: String
  let cores: Cores
  /// Nil once closed.
  private let children = Mutex<[Child]?>([])

  init(cores: Cores) throws {
    var template = Array("/tmp/vitals-bench.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure("cannot make a temporary directory") }
    directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    // PostgreSQL, as another user, has its data below.
    chmod(directory, 0o711)
    self.cores = cores
  }

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// A file with `text`.
  func file(_ name: String, _ text: String) throws -> String {
    try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    return path(name)
  }

  /// Starts a program that runs until ``stop(_:)`` or the end of the run.
  ///
  /// `user` runs it when the harness is run by root. A `bare` one is exec'd as it is, for a start that is timed; the
  /// others die with the harness even if that is killed.
  func start(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], core: Int,
    stopSignal: Int32 = SIGKILL, user: String? = nil, bare: Bool = false
  ) throws -> Child {
    try children.withLock { children in
      guard children != nil else { throw Failure("interrupted") }
      let identity =
        user.map { geteuid() == 0 ? ["--reuid", $0, "--regid", $0, "--init-groups"] : [] } ?? []
      let wrapper = bare ? [] : ["setpriv", "--pdeathsig", "KILL"] + identity + ["--"]
      let child = try Child(
        name, wrapper + arguments, environment: environment, core: core, log: path("\(name).log"),
        stopSignal: stopSignal)
      children?.append(child)
      return child
    }
  }

  func stop(_ child: Child) {
    child.stop()
    forget(child)
  }

  /// Waits until a program has ended by itself.
  func wait(for child: Child) -> Child.Exit {
    defer { forget(child) }
    return child.wait()
  }

  private func forget(_ child: Child) {
    children.withLock { $0?.removeAll { $0.pid == child.pid } }
  }

  /// Runs a program to its end and returns what it wrote.
  ///
  /// - Throws: ``Failure`` when it ends with another code than 0.
  @discardableResult
  func run(_ arguments: [String], core: Int? = nil, user: String? = nil) throws -> (output: String, exit: Child.Exit) {
    let name = URL(fileURLWithPath: arguments[0]).lastPathComponent
    let child = try start(name, arguments, core: core ?? cores.load, user: user)
    let exit = wait(for: child)
    guard exit.status == 0 else { throw Failure("\(name) ended with \(exit.status): \(child.lastWords)") }
    return (try String(contentsOfFile: child.log, encoding: .utf8), exit)
  }

  /// Stops everything and removes the directory; nothing can be started afterwards.
  ///
  /// With an exit code it ends the harness too, from any thread: the main thread then waits for the lock, instead of
  /// reporting that its processes have vanished.
  func close(exitCode: Int32? = nil) {
    children.withLock { children in
      // The last started first: a server before the databases it asks.
      for child in (children ?? []).reversed() { child.stop() }
      children = nil
      try? FileManager.default.removeItem(atPath: directory)
      if let exitCode { _exit(exitCode) }
    }
  }
}
