import CZlib

/// A part of a gzip member: a piece of a deflate stream that refers to nothing before it and ends at a byte.
///
/// Such pieces, however many, make one valid stream when they stand one after another.
struct Deflated {
  let bytes: [UInt8]
  /// The CRC-32 of what the piece holds.
  let checksum: UInt
  /// The size of what the piece holds.
  let size: Int
}

/// A compressor that is used again and again, because setting one up takes longer than a small page (256 KiB to clear).
package final class Deflater {
  /// In memory of its own, since zlib's state points back at it.
  private let stream: UnsafeMutablePointer<z_stream>

  /// A compressor of zlib's level 1 unless told otherwise: metrics repeat themselves so much that it gets most of what
  /// there is to get, at a third of the default level's time.
  package init(level: Int32 = Z_BEST_SPEED) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // A negative window size asks for deflate without zlib's own header and checksum.
    let status = deflateInit2_(
      stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib has no memory or is not the version that was compiled against")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Compresses `bytes` into a piece.
  func deflate(_ bytes: [UInt8]) -> Deflated {
    var input = bytes
    return input.withUnsafeMutableBufferPointer { input in
      deflateReset(stream)
      stream.pointee.next_in = input.baseAddress
      stream.pointee.avail_in = UInt32(input.count)
      // Every stored block adds 5 bytes at most and the flush as many; deflateBound counts the blocks.
      let capacity = Int(deflateBound(stream, UInt(input.count))) + 16
      let output = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = UInt32(capacity)
        let status = CZlib.deflate(stream, Z_FULL_FLUSH)
        precondition(status == Z_OK && stream.pointee.avail_in == 0, "deflateBound was too low")
        count = capacity - Int(stream.pointee.avail_out)
      }
      return Deflated(
        bytes: output, checksum: crc32(0, input.baseAddress, UInt32(input.count)), size: input.count)
    }
  }
}
