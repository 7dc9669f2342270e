import FoundationEssentials
import Glibc

/// Reads a backup, one file after the other.
package final class BackupReader {
  package let path: String
  package private(set) var manifest: Manifest
  private let gzip: GzipReader
  /// What of the present file has not been read yet, and the zeros after it.
  private var remaining: Int64 = 0
  private var padding = 0

  /// Opens a backup and reads its manifest.
  ///
  /// - Throws: `failed` where it is none, or damaged that early.
  package init(_ path: String) throws(OperationError) {
    self.path = path
    gzip = try GzipReader(path)
    manifest = Manifest(version: "", stack: "", time: .distantPast)
    guard let header = try next(), header.name == Manifest.name, header.size <= Manifest.maximumSize else {
      throw OperationError(.failed, "\(path) is no backup of vitals: its first file is not \(Manifest.name)")
    }
    manifest = try Manifest(try readAll(), of: path)
  }

  /// The next file; nil where the archive ends as it should.
  func next() throws(OperationError) -> TarHeader? {
    try skip()
    var size: Int64?
    while true {
      switch TarHeader.read(try bytes(TarHeader.blockSize)) {
      case .file(var header):
        header.size = size ?? header.size
        remaining = header.size
        padding = TarHeader.padding(after: header.size)
        return header
      case .extended(let length) where length <= 4096:
        let records = try bytes(Int(length))
        _ = try bytes(TarHeader.padding(after: length))
        size = TarHeader.size(inRecords: records)
      case .end:
        guard TarHeader.read(try bytes(TarHeader.blockSize)) == .end else {
          throw damaged("no header where one belongs")
        }
        try gzip.finish()
        return nil
      case .extended, .other: throw damaged("no header where one belongs")
      }
    }
  }

  /// Goes on to a file.
  ///
  /// - Throws: `failed` where there is none of that name.
  package func seek(to name: String) throws(OperationError) {
    while let header = try next() {
      if header.name == name { return }
    }
    throw OperationError(.failed, "\(path) has no \(name)")
  }

  /// The next bytes of the present file, at most `count`; empty at its end.
  package func read(_ count: Int) throws(OperationError) -> [UInt8] {
    let piece = try bytes(Int(min(Int64(count), remaining)))
    remaining -= Int64(piece.count)
    return piece
  }

  /// What is left of the present file.
  package func readAll() throws(OperationError) -> [UInt8] { try read(.max) }

  private func skip() throws(OperationError) {
    while remaining > 0 { _ = try read(64 * 1024) }
    _ = try bytes(padding)
    padding = 0
  }

  private func bytes(_ count: Int) throws(OperationError) -> [UInt8] {
    guard count > 0 else { return [] }
    var failure: OperationError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(OperationError) {
        initialized = try gzip.read(into: UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    guard bytes.count == count else { throw damaged("it ends in the middle of a file") }
    return bytes
  }

  private func damaged(_ reason: String) -> OperationError {
    OperationError(.failed, "\(path) is damaged: \(reason)")
  }
}

extension BackupReader {
  /// Reads all of a backup and compares it with its manifest: names, sizes and sums; the Redis snapshot's own sum, too.
  ///
  /// - Parameter progress: is told how many bytes have been looked at; it may suspend.
  /// - Throws: `failed`, with what is wrong.
  package static func verify(
    _ path: String, progress: (Int64) async throws(OperationError) -> Void
  ) async throws(OperationError) -> Manifest {
    let reader = try BackupReader(path)
    var count: Int64 = 0
    for entry in reader.manifest.entries {
      guard let header = try reader.next() else {
        throw OperationError(.failed, "\(path) is damaged: \(entry.name) is missing")
      }
      guard header.name == entry.name, header.size == entry.size else {
        throw OperationError(
          .failed,
          "\(path) is damaged: it has \(header.name) of \(header.size) bytes where its manifest has "
            + "\(entry.name) of \(entry.size) bytes")
      }
      let sum = SHA256()
      var snapshot = entry.name == Manifest.EntryName.redis ? RedisSnapshot() : nil
      while case let piece = try reader.read(256 * 1024), !piece.isEmpty {
        piece.withUnsafeBytes { sum.update($0) }
        snapshot?.update(piece)
        count += Int64(piece.count)
        try await progress(count)
      }
      guard sum.finish() == entry.sha256 else {
        throw OperationError(.failed, "\(path) is damaged: \(entry.name) is not what was written (SHA-256)")
      }
      if let problem = snapshot?.problem {
        throw OperationError(.failed, "\(path): \(entry.name) is no complete Redis snapshot: \(problem)")
      }
    }
    guard try reader.next() == nil else {
      throw OperationError(.failed, "\(path) is damaged: it has files that its manifest does not name")
    }
    return reader.manifest
  }
}
