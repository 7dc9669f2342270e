import Glibc

/// A file that is read from its beginning to its end.
final class InputFile {
  private let path: String
  private let descriptor: Int32

  init(_ path: String) throws(OperationError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw OutputFile.failure("read", path) }
  }

  deinit { close(descriptor) }

  /// The next bytes, at most `count`; empty at the end.
  func read(_ count: Int) throws(OperationError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      var result = 0
      repeat { result = Glibc.read(descriptor, buffer.baseAddress, count) } while result < 0 && errno == EINTR
      if result < 0 { code = errno }
      initialized = max(0, result)
    }
    guard code == 0 else { throw OutputFile.failure("read", path, code) }
    return bytes
  }
}
