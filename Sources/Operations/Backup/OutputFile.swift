package import EventLoop
import Glibc

/// A file that is written from its beginning to its end, readable by its owner only, with the sum of what was written.
package final class OutputFile {
  let path: String
  /// In bytes.
  private(set) var size: Int64 = 0
  private var descriptor: Int32
  private let sum = SHA256()

  /// Makes a file that is not there yet, or with other flags of open(2) takes one that is.
  package init(_ path: String, flags: Int32 = O_CREAT | O_EXCL) throws(OperationError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o600)
    guard descriptor >= 0 else { throw OutputFile.failure("write", path) }
  }

  deinit { close() }

  package func write(_ bytes: UnsafeRawBufferPointer) throws(OperationError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw OutputFile.failure("write", path) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    sum.update(bytes)
    size += Int64(bytes.count)
  }

  package func write(_ bytes: [UInt8]) throws(OperationError) {
    try bytes.withUnsafeBufferPointer { bytes throws(OperationError) in try write(UnsafeRawBufferPointer(bytes)) }
  }

  /// Ends the file, once the disk has it.
  ///
  /// - Returns: its SHA-256.
  package func finish(on loop: EventLoop) async throws(OperationError) -> String {
    let descriptor = descriptor
    let code = await BlockingCall(on: loop) { fsync(descriptor) == 0 ? 0 : errno }.answer(before: .distantFuture)
    guard code == 0 else { throw OutputFile.failure("write", path, code ?? EIO) }
    close()
    return sum.finish()
  }

  package func remove() {
    close()
    unlink(path)
  }

  private func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// What the kernel says of `path`, in `errno`.
  static func failure(_ verb: String, _ path: String, _ code: Int32 = errno) -> OperationError {
    var advice: String?
    if verb == "write" {
      advice =
        switch code {
        case ENOSPC, EDQUOT: "Make room there, or choose another directory."
        case EACCES, EPERM, EROFS: "Choose a directory that you may write to."
        case ENOENT: "Make the directory first."
        default: nil
        }
    }
    return OperationError(.failed, "can't \(verb) \(path): \(String(cString: strerror(code)))", advice: advice)
  }
}
