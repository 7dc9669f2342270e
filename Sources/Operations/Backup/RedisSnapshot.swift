/// Looks at a Redis snapshot (RDB) that passes by: its beginning, its end, and the CRC-64 that ends it.
struct RedisSnapshot: Sendable {
  /// The reflected polynomial of CRC-64/REDIS (Jones), which starts at 0.
  private static let table: [UInt64] = (0..<256).map { index in
    (0..<8).reduce(UInt64(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x95ac_9329_ac4b_c9b5 : value >> 1 }
  }
  private static let sumSize = 8
  /// `REDIS` and four digits.
  private static let headerSize = 9
  /// The code before the sum.
  private static let endCode: UInt8 = 0xff

  private var sum: UInt64 = 0
  private var header: [UInt8] = []
  /// The last bytes, which may be the sum.
  private var held: [UInt8] = []
  private var lastSummed: UInt8 = 0

  mutating func update(_ bytes: [UInt8]) {
    if header.count < Self.headerSize { header += bytes.prefix(Self.headerSize - header.count) }
    let all = held + bytes
    let summed = all.dropLast(Self.sumSize)
    sum = Self.sum(of: summed, after: sum)
    lastSummed = summed.last ?? lastSummed
    held = Array(all.suffix(Self.sumSize))
  }

  /// The CRC-64 of bytes that follow others.
  static func sum(of bytes: some Sequence<UInt8>, after sum: UInt64 = 0) -> UInt64 {
    // Without a check of bounds for each byte: snapshots are large.
    table.withUnsafeBufferPointer { table in
      bytes.reduce(sum) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
  }

  /// What is wrong with the snapshot, nil where it is complete.
  var problem: String? {
    guard header.count == Self.headerSize, header.starts(with: "REDIS".utf8),
      header.dropFirst(5).allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return "it does not begin as one" }
    guard held.count == Self.sumSize, lastSummed == Self.endCode else { return "it is cut off" }
    let told = held.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // A server that is told to leave out the sum writes 0.
    return told == 0 || told == sum ? nil : "its checksum is wrong"
  }
}
