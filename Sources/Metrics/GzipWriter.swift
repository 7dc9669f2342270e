import CZlib

/// Joins deflated pieces into one gzip member (RFC 1952).
struct GzipWriter {
  private var checksum: UInt = 0
  private var size = 0

  /// Appends a member's header to `out`: no file name, no time, so equal content gives equal bytes.
  init(into out: inout [UInt8]) {
    let unknownSystem: UInt8 = 255
    out += [0x1f, 0x8b, UInt8(Z_DEFLATED), 0, 0, 0, 0, 0, 0, unknownSystem]
  }

  /// Appends one piece.
  mutating func append(_ part: Deflated, into out: inout [UInt8]) {
    out += part.bytes
    checksum = crc32_combine(checksum, part.checksum, part.size)
    size += part.size
  }

  /// Appends `tail` as it is and what ends the member.
  mutating func finish(with tail: StaticString, into out: inout [UInt8]) {
    let length = UInt16(tail.utf8CodeUnitCount)
    // A stored block (RFC 1951 section 3.2.4), marked as the last: possible because every piece ends at a byte.
    out.append(1)
    out.append(littleEndian: length)
    out.append(littleEndian: ~length)
    out.append(tail)
    checksum = tail.withUTF8Buffer { crc32(checksum, $0.baseAddress, UInt32($0.count)) }
    size += Int(length)
    out.append(littleEndian: UInt32(checksum))
    out.append(littleEndian: UInt32(truncatingIfNeeded: size))
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
