import Engine
import EventLoop
import FoundationEssentials
import Glibc
import Operations

extension OperatorContext {
  /// Runs the docker command and shows what it says.
  ///
  /// - Parameter isShielded: whether it goes on to its end when somebody presses Ctrl-C.
  /// - Throws: `failed`, `deadline`, `interrupted`.
  func docker(_ arguments: [String], isShielded: Bool = false) async throws(OperationError) {
    let command = DockerCommand(host: host.description, environment: environment())
    let run = DockerRun()
    let output = output
    let task = Task(executorPreference: loop) {
      do throws(OperationError) {
        try await command.run(arguments, isShielded: isShielded) { line in
          if !OperatorContext.isNoise(line) { output.progress("docker: \(line)") }
        }
      } catch {
        run.failure = error
      }
      run.hasEnded = true
    }
    var interrupted: OperationError?
    while !run.hasEnded {
      if .now >= deadline {
        task.cancel()
        throw OperationError(
          .deadline, "\(DockerCommand.title(arguments)) takes too long", advice: "--timeout gives it more time.")
      }
      let next = min(deadline, .now + .milliseconds(100))
      guard interrupted == nil else {
        await loop.sleep(until: next)
        continue
      }
      do throws(OperationError) {
        try await interruption.pause(until: next)
      } catch {
        interrupted = error
        if !isShielded { task.cancel() }
      }
    }
    if let interrupted { throw interrupted }
    if let failure = run.failure { throw failure }
  }

  /// What newer commands say of a flag that older ones don't have.
  private static func isNoise(_ line: String) -> Bool {
    line.hasPrefix("Since --detach=false was not specified") || line.hasPrefix("In a future release, --detach=false")
  }
}

/// How a docker command ends; on the loop's thread.
private final class DockerRun: @unchecked Sendable {
  var hasEnded = false
  var failure: OperationError?
}

/// A directory that nobody else can read, removed with the program at the latest.
struct TemporaryDirectory {
  let path: String

  init(_ interruption: Interruption) throws(OperationError) {
    let parent = variable("TMPDIR") ?? "/tmp"
    var template = Array("\(parent)/vitals-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw OperationError(.failed, "no directory in \(parent): \(String(cString: strerror(errno)))")
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    self.path = path
    interruption.cleanUp = { TemporaryDirectory.remove(path) }
  }

  /// Writes a file.
  ///
  /// - Returns: its path.
  func write(_ bytes: [UInt8], to name: String) throws(OperationError) -> String {
    let file = "\(path)/\(name)"
    try OutputFile(file).write(bytes)
    return file
  }

  func remove(_ interruption: Interruption) {
    interruption.cleanUp = {}
    TemporaryDirectory.remove(path)
  }

  private static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
