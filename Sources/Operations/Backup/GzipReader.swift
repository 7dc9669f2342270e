import CZlib

/// Reads a file that is one gzip member and nothing else.
final class GzipReader {
  private static let inputSize = 64 * 1024

  private let path: String
  private let file: InputFile
  private let stream: UnsafeMutablePointer<z_stream>
  /// What zlib has not taken in yet: it keeps a pointer into this.
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: inputSize, alignment: 16)
  private var hasEnded = false

  init(_ path: String) throws(OperationError) {
    self.path = path
    file = try InputFile(path)
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib has no memory or is not the version that was compiled against")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Fills `buffer`, unless the end comes first.
  ///
  /// - Returns: how many bytes were read.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(OperationError) -> Int {
    stream.pointee.next_out = buffer.bindMemory(to: UInt8.self).baseAddress
    stream.pointee.avail_out = UInt32(buffer.count)
    while stream.pointee.avail_out > 0, !hasEnded {
      if stream.pointee.avail_in == 0, try fill() == 0 {
        throw OperationError(.failed, "\(path) is truncated: its compressed data ends in the middle")
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: hasEnded = true
      default: throw OperationError(.failed, "\(path) is damaged, or no backup: its compressed data is not valid")
      }
    }
    return buffer.count - Int(stream.pointee.avail_out)
  }

  /// Checks that nothing follows.
  func finish() throws(OperationError) {
    var byte: UInt8 = 0
    let rest = try withUnsafeMutableBytes(of: &byte) { byte throws(OperationError) in try read(into: byte) }
    guard rest == 0, stream.pointee.avail_in == 0, try fill() == 0 else {
      throw OperationError(.failed, "\(path) is damaged: something follows its end")
    }
  }

  private func fill() throws(OperationError) -> Int {
    let bytes = try file.read(input.count)
    input.copyBytes(from: bytes)
    stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
    stream.pointee.avail_in = UInt32(bytes.count)
    return bytes.count
  }
}
