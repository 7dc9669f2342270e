import EventLoop
import Glibc
import Operations

/// The files of a backup, written out.
struct Extraction {
  private struct Outcome: Encodable {
    var directory: String
    var files: [String]
  }

  private let file: String
  private let directory: String
  private let manifest: Manifest

  init(_ file: String, into directory: String, _ manifest: Manifest) {
    self.file = file
    self.directory = directory
    self.manifest = manifest
  }

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let names = manifest.entries.map(\.name)
    for name in names {
      // A manifest is not to be believed in where it would write elsewhere.
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      guard !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
        throw OperationError(.failed, "\(file): \(name) is no name of a file in a backup")
      }
      mkdir(directory, 0o700)
      for count in 1..<max(1, parts.count) {
        mkdir("\(directory)/\(parts.prefix(count).joined(separator: "/"))", 0o700)
      }
      let reader = try BackupReader(file)
      try reader.seek(to: name)
      let output = try OutputFile("\(directory)/\(name)")
      while case let piece = try reader.read(256 * 1024), !piece.isEmpty {
        try output.write(piece)
        try await context.pause(.zero)
      }
      _ = try await output.finish(on: context.loop)
    }
    context.output.tell(
      names.map { "\(directory)/\($0)" }.joined(separator: "\n"), Outcome(directory: directory, files: names))
  }
}
