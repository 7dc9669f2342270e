import Foundation
import Glibc

/// A server that runs once, from its start to its end, and keeps its log in a file.
final class LoggedProcess: Sendable {
  private let directory: String
  private let process: Subprocess

  /// Starts a command; returns when `isReady` finds in its log, or elsewhere, that it is.
  init(
    _ command: [String], environment: [String: String], within limit: Duration = .seconds(30),
    isReady: (_ log: String) throws -> Bool
  ) throws {
    let name = URL(fileURLWithPath: command[0]).lastPathComponent
    directory = try Scratch.directory(name)
    process = try Subprocess(command, environment: environment, output: .file("\(directory)/log"))
    do {
      try eventually(within: limit, "start of \(name)") {
        if let exit = process.exit { throw TestbedError.final("ended with \(exit)") }
        return try isReady(logText)
      }
    } catch {
      let reason = "\(error): \(logText.suffix(2000))"
      end()
      throw TestbedError(reason)
    }
  }

  var pid: pid_t { process.pid }

  /// What it has written to both of its outputs.
  var logText: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }

  /// Asks it to end by SIGTERM and waits until it has.
  func terminate(within limit: Duration = .seconds(30)) throws {
    process.signal(SIGTERM)
    guard process.wait(within: limit) != nil else { throw TestbedError("\(process.command[0]) does not end") }
  }

  /// Kills it with all of its descendants.
  func kill() {
    process.kill()
  }

  /// Freezes it with all of its descendants: connections stay open and nobody answers.
  func pause() throws {
    try ProcessTree.pause(pid)
  }

  /// Freezes its descendants alone.
  func pauseChildren() throws {
    for child in ProcessTree.members(pid).dropFirst() { try ProcessTree.pause(child) }
  }

  func resume() {
    ProcessTree.resume(pid)
  }

  /// Kills it and deletes its log.
  func end() {
    kill()
    Scratch.remove(directory)
  }
}
