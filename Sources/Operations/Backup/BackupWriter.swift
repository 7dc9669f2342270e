package import EventLoop
package import FoundationEssentials
import Glibc

/// Writes a backup: the contents into files beside it first, since an archive has sizes before contents, then all of them
/// into one archive, which gets its name once the disk has it.
///
/// Until `finish` has returned there is nothing under the backup's name; `discard` removes what there is under others.
package final class BackupWriter {
  package struct Written: Equatable, Sendable {
    package var path: String
    /// Of the file, compressed.
    package var size: Int64
    package var sha256: String
  }

  package var manifest: Manifest
  private let directory: String
  private let name: BackupName
  private let loop: EventLoop
  /// The contents that are complete, in the order of the manifest.
  private var spools: [OutputFile] = []
  private var open: OutputFile?
  private var snapshot: RedisSnapshot?

  package init(
    in directory: String, stack: String, version: String, time: Date, on loop: EventLoop
  ) throws(OperationError) {
    self.directory = directory
    name = BackupName(stack: stack, time: time)
    self.loop = loop
    manifest = Manifest(version: version, stack: stack, time: time)
    guard access("\(directory)/\(name.text)", F_OK) != 0 else {
      throw OperationError(.failed, "\(directory)/\(name.text) is there already")
    }
  }

  /// Begins a file of the archive.
  package func begin(_ entry: String) throws(OperationError) {
    open = try OutputFile(temporary("part\(spools.count)"))
    snapshot = entry == Manifest.EntryName.redis ? RedisSnapshot() : nil
    manifest.entries.append(.init(name: entry, size: 0, sha256: ""))
  }

  /// Adds to the file that was begun.
  ///
  /// - Returns: how many bytes it has now.
  @discardableResult
  package func write(_ bytes: [UInt8]) throws(OperationError) -> Int64 {
    guard let open else { return 0 }
    try open.write(bytes)
    snapshot?.update(bytes)
    return open.size
  }

  /// Ends the file that was begun.
  package func end() async throws(OperationError) {
    guard let file = open else { return }
    if let problem = snapshot?.problem {
      throw OperationError(.failed, "what Redis sent is no complete snapshot: \(problem)")
    }
    // Not for the disk's sake: this file goes again.
    let sum = try await file.finish(on: loop)
    open = nil
    spools.append(file)
    manifest.entries[spools.count - 1].size = file.size
    manifest.entries[spools.count - 1].sha256 = sum
  }

  /// Adds a whole file.
  package func add(_ entry: String, _ bytes: [UInt8]) async throws(OperationError) {
    try begin(entry)
    try write(bytes)
    try await end()
  }

  /// Adds what the swarm has.
  package func add(_ objects: SwarmObjects) async throws(OperationError) {
    for (name, value) in objects.files {
      guard let bytes = try? value.bytes() else { throw OperationError(.failed, "\(name) is no JSON") }
      try await add(name, bytes)
    }
  }

  /// Puts the archive together, and its sum beside it, as `sha256sum --check` reads it.
  ///
  /// - Parameter progress: is told how many bytes are in the archive, uncompressed; it may suspend.
  package func finish(
    progress: (Int64) async throws(OperationError) -> Void
  ) async throws(OperationError) -> Written {
    let file = try OutputFile(temporary("archive"))
    spools.append(file)
    let gzip = GzipWriter(into: file)
    let time = Int64(manifest.time.timeIntervalSince1970)
    let text = manifest.bytes
    try gzip.write(TarHeader(name: Manifest.name, size: Int64(text.count), time: time).blocks)
    try gzip.write(text)
    try gzip.write(zeros(TarHeader.padding(after: Int64(text.count))))
    var count: Int64 = 0
    for (entry, spool) in zip(manifest.entries, spools) {
      try gzip.write(TarHeader(name: entry.name, size: entry.size, time: time).blocks)
      let input = try InputFile(spool.path)
      while case let piece = try input.read(64 * 1024), !piece.isEmpty {
        try gzip.write(piece)
        count += Int64(piece.count)
        try await progress(count)
      }
      try gzip.write(zeros(TarHeader.padding(after: entry.size)))
      // Its room on the disk may be what the archive needs.
      spool.remove()
    }
    try gzip.write(zeros(2 * TarHeader.blockSize))
    try gzip.finish()
    let sum = try await file.finish(on: loop)
    try await publish(file, sum)
    return Written(path: "\(directory)/\(name.text)", size: file.size, sha256: sum)
  }

  /// Removes all but a backup that is finished.
  package func discard() {
    open?.remove()
    for spool in spools { spool.remove() }
  }

  private func publish(_ file: OutputFile, _ sum: String) async throws(OperationError) {
    let path = "\(directory)/\(name.text)"
    let sumFile = try OutputFile(temporary("sha256"))
    spools.append(sumFile)
    try sumFile.write(Array("\(sum)  \(name.text)\n".utf8))
    _ = try await sumFile.finish(on: loop)
    // The sum first: a backup that is there has one.
    for (from, to) in [(sumFile.path, "\(path).sha256"), (file.path, path)] {
      guard rename(from, to) == 0 else { throw OutputFile.failure("write", to) }
    }
    let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor >= 0 {
      _ = await BlockingCall(on: loop) { fsync(descriptor) }.answer(before: .distantFuture)
      close(descriptor)
    }
  }

  private func temporary(_ part: String) -> String { "\(directory)/.\(name.text).\(part).\(getpid())" }

  private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}
