import Glibc
import Operations

/// Reads the values of `--secret NAME=FILE`.
enum SecretInput {
  /// What a swarm takes: 500 KiB less a little.
  private static let limit = 500 * 1024 - 1

  /// - Parameters:
  ///   - texts: `NAME=FILE`, or `NAME=-` for standard input, once.
  ///   - awaitInput: waits until standard input can be read.
  /// - Throws: `usage`, without anything of a value.
  static func read(
    _ texts: [String], awaitInput: () async throws(OperationError) -> Void
  ) async throws(OperationError) -> [String: [UInt8]] {
    var values: [String: [UInt8]] = [:]
    var hasReadInput = false
    for text in texts {
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex, text.index(after: equals) < text.endIndex
      else { throw OperationError(.usage, "--secret: use NAME=FILE, or NAME=- for standard input") }
      let name = String(text[..<equals])
      let file = String(text[text.index(after: equals)...])
      guard values[name] == nil else { throw OperationError(.usage, "--secret \(name) is given twice") }
      if file == "-" {
        guard !hasReadInput else { throw OperationError(.usage, "--secret: only one can come from standard input") }
        hasReadInput = true
        values[name] = try await contents(STDIN_FILENO, of: name, wait: awaitInput)
      } else {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
          throw OperationError(.usage, "--secret \(name): \(file): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        values[name] = try await contents(descriptor, of: name) { () throws(OperationError) in }
      }
    }
    return values
  }

  private static func contents(
    _ descriptor: Int32, of name: String, wait: () async throws(OperationError) -> Void
  ) async throws(OperationError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      try await wait()
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      guard count >= 0 else {
        throw OperationError(.usage, "--secret \(name): \(String(cString: strerror(errno)))")
      }
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= limit else {
        throw OperationError(.usage, "--secret \(name): larger than the 500 KiB that a secret may have")
      }
    }
    // A single line's end is the editor's or the shell's and not the password's.
    if bytes.firstIndex(of: UInt8(ascii: "\n")) == bytes.count - 1, !bytes.isEmpty {
      bytes.removeLast()
      if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    }
    guard !bytes.isEmpty else { throw OperationError(.usage, "--secret \(name): the value is empty") }
    return bytes
  }
}
