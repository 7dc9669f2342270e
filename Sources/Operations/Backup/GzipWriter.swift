import CZlib

/// A compressor that writes one gzip member (RFC 1952) to a file, with bounded memory.
final class GzipWriter {
  private static let outputSize = 64 * 1024

  private let file: OutputFile
  /// In memory of its own, since zlib's state points back at it.
  private let stream: UnsafeMutablePointer<z_stream>
  private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: outputSize, alignment: 16)

  /// Level 1: most of what a backup holds is compressed already.
  init(into file: OutputFile) {
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = deflateInit2_(
      stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib has no memory or is not the version that was compiled against")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
    output.deallocate()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(OperationError) {
    try deflate(bytes, Z_NO_FLUSH)
  }

  func write(_ bytes: [UInt8]) throws(OperationError) {
    try bytes.withUnsafeBufferPointer { bytes throws(OperationError) in try write(UnsafeRawBufferPointer(bytes)) }
  }

  func finish() throws(OperationError) { try deflate(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH) }

  private func deflate(_ bytes: UnsafeRawBufferPointer, _ flush: Int32) throws(OperationError) {
    // zlib only reads there.
    stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
    stream.pointee.avail_in = UInt32(bytes.count)
    repeat {
      stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
      stream.pointee.avail_out = UInt32(output.count)
      CZlib.deflate(stream, flush)
      try file.write(UnsafeRawBufferPointer(rebasing: output[..<(output.count - Int(stream.pointee.avail_out))]))
    } while stream.pointee.avail_out == 0
  }
}
