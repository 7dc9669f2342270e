package import Foundation

/// A shell that runs a server, and ends it and removes its directory when this process ends, however that happens.
package final class Holder: Sendable {
  /// The server's process.
  package let pid: pid_t
  private let shell: Process
  private let leash: FileHandle

  package init(running command: String, removing directory: String) throws {
    shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    // The server's processes outlive it by a moment, in which they still write.
    let removal = "until rm -rf \(directory) 2>/dev/null; do sleep 0.1; done"
    shell.arguments = ["-c", "\(command) & echo $!; read end; kill -9 $! 2>/dev/null; \(removal)"]
    let input = Pipe()
    let output = Pipe()
    shell.standardInput = input
    shell.standardOutput = output
    try shell.run()
    leash = input.fileHandleForWriting
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    pid = pid_t(line.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  package func end() {
    try? leash.close()
    shell.waitUntilExit()
  }
}
