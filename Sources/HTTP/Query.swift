/// The parameters of a query such as `name[]=up&name[]=pg_up&brief`, decoded, in the order in which they stand.
package struct Query: Sequence, IteratorProtocol {
  package struct Item: Equatable {
    package let name: String
    /// Empty where there is no equals sign.
    package let value: String
  }

  private var rest: UnsafeRawBufferPointer

  /// The parameters of the bytes after the question mark.
  package init(_ bytes: UnsafeRawBufferPointer) {
    rest = bytes
  }

  /// The next parameter.
  ///
  /// Names and values that are not UTF-8 are repaired.
  package mutating func next() -> Item? {
    while !rest.isEmpty {
      let (item, following) = rest.cut(at: UInt8(ascii: "&"))
      rest = following
      guard !item.isEmpty else { continue }
      let (name, value) = item.cut(at: UInt8(ascii: "="))
      return Item(name: Self.decode(name), value: Self.decode(value))
    }
    return nil
  }

  private static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: Array(IteratorSequence(PercentDecoder(bytes, plusIsSpace: true))), as: UTF8.self)
  }
}

/// The bytes of a component of a URI, its escapes decoded.
///
/// A percent sign that starts no escape stands for itself.
struct PercentDecoder: IteratorProtocol {
  private let bytes: UnsafeRawBufferPointer
  private let plusIsSpace: Bool
  private var position = 0

  /// Decodes `bytes`, and a plus sign to a space where `plusIsSpace`, as HTML forms encode it.
  init(_ bytes: UnsafeRawBufferPointer, plusIsSpace: Bool) {
    self.bytes = bytes
    self.plusIsSpace = plusIsSpace
  }

  mutating func next() -> UInt8? {
    guard position < bytes.count else { return nil }
    let byte = bytes[position]
    if byte == UInt8(ascii: "%"), position + 2 < bytes.count,
      let high = bytes[position + 1].hexValue, let low = bytes[position + 2].hexValue
    {
      position += 3
      return high << 4 | low
    }
    position += 1
    return plusIsSpace && byte == UInt8(ascii: "+") ? ASCII.space : byte
  }
}
