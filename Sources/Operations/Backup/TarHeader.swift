/// The header of a file in a tar archive (POSIX.1-1988 ustar), with an extended header (POSIX.1-2001 pax) before it where the
/// size does not fit.
struct TarHeader: Equatable, Sendable {
  static let blockSize = 512
  /// The largest size that eleven octal digits hold.
  private static let largestOctal: Int64 = 0o777_7777_7777

  /// At most 100 bytes.
  var name: String
  var size: Int64
  /// Seconds since 1970.
  var time: Int64

  /// How many zeros follow the contents of a file, to the end of a block.
  static func padding(after size: Int64) -> Int {
    let rest = Int(size % Int64(blockSize))
    return rest == 0 ? 0 : blockSize - rest
  }

  /// One block, or three.
  var blocks: [UInt8] {
    guard size > TarHeader.largestOctal else { return block(name: name, size: size, type: "0") }
    let record = TarHeader.record("size", "\(size)")
    var extended = block(name: "pax/\(name)".prefixText(100), size: Int64(record.count), type: "x")
    extended += record + [UInt8](repeating: 0, count: TarHeader.padding(after: Int64(record.count)))
    return extended + block(name: name, size: 0, type: "0")
  }

  private func block(name: String, size: Int64, type: Character) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: TarHeader.blockSize)
    func put(_ text: String, at offset: Int) {
      block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    put(name, at: 0)
    put("0000600", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put(TarHeader.octal(size, digits: 11), at: 124)
    put(TarHeader.octal(time, digits: 11), at: 136)
    put("        \(type)", at: 148)
    put("ustar\u{0}00", at: 257)
    put("root", at: 265)
    put("root", at: 297)
    put(TarHeader.octal(Int64(TarHeader.sum(block[...])), digits: 6) + "\u{0} ", at: 148)
    return block
  }

  /// `LENGTH KEY=VALUE\n`, where the length counts itself.
  private static func record(_ key: String, _ value: String) -> [UInt8] {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count
    while "\(length)".utf8.count + rest.utf8.count != length { length = "\(length)".utf8.count + rest.utf8.count }
    return Array("\(length)\(rest)".utf8)
  }

  private static func octal(_ value: Int64, digits: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  private static func sum(_ block: ArraySlice<UInt8>) -> Int { block.reduce(0) { $0 + Int($1) } }
}

extension TarHeader {
  /// What a block of an archive is.
  enum Block: Equatable {
    case file(TarHeader)
    /// An extended header of so many bytes, which is about the file after it.
    case extended(size: Int64)
    /// Zeros: two of them end the archive.
    case end
    /// No header, or one of what is no plain file.
    case other
  }

  static func read(_ block: [UInt8]) -> Block {
    if block.allSatisfy({ $0 == 0 }) { return .end }
    var blank = block
    blank.replaceSubrange(148..<156, with: repeatElement(UInt8(ascii: " "), count: 8))
    guard block.count == blockSize, let size = number(block[124..<136]), let time = number(block[136..<148]),
      number(block[148..<156]) == Int64(sum(blank[...])), block[257..<262].elementsEqual("ustar".utf8)
    else { return .other }
    switch block[156] {
    case UInt8(ascii: "0"):
      return .file(
        TarHeader(name: String(decoding: block[..<100].prefix { $0 != 0 }, as: UTF8.self), size: size, time: time))
    case UInt8(ascii: "x"): return .extended(size: size)
    default: return .other
    }
  }

  /// The size that the records of an extended header tell.
  static func size(inRecords records: [UInt8]) -> Int64? {
    for line in String(decoding: records, as: UTF8.self).split(separator: "\n") {
      if let key = line.firstRange(of: " size=") { return Int64(line[key.upperBound...]) }
    }
    return nil
  }

  private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
    Int64(String(decoding: field.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }, as: UTF8.self), radix: 8)
  }
}

extension String {
  /// The first bytes of a text that has only ASCII.
  fileprivate func prefixText(_ count: Int) -> String { String(decoding: utf8.prefix(count), as: UTF8.self) }
}
