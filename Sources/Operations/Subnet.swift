/// A range of IPv4 addresses: `10.0.10.0/24`.
package struct Subnet: Equatable, Sendable, CustomStringConvertible {
  /// The first address, as a number.
  package let address: UInt32
  /// How many bits the addresses have in common, 0 to 32.
  package let length: Int

  package init(_ address: UInt32, length: Int) {
    self.length = length
    self.address = address & Subnet.mask(length)
  }

  /// Reads `10.0.10.0/24`; bits behind the prefix are taken for zero.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let length = Int(parts[1]), (0...32).contains(length),
      let address = Subnet.address(String(parts[0]))
    else { return nil }
    self.init(address, length: length)
  }

  /// An address in the form `10.0.10.1` as a number.
  package static func address(_ text: String) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var number: UInt32 = 0
    for part in parts {
      guard let byte = UInt8(part) else { return nil }
      number = number << 8 | UInt32(byte)
    }
    return number
  }

  package static func text(_ address: UInt32) -> String {
    [24, 16, 8, 0].map { "\(address >> $0 & 0xFF)" }.joined(separator: ".")
  }

  package func contains(_ other: UInt32) -> Bool { other & Subnet.mask(length) == address }

  package func overlaps(_ other: Subnet) -> Bool { contains(other.address) || other.contains(address) }

  package var description: String { "\(Subnet.text(address))/\(length)" }

  private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : .max << (32 - UInt32(length)) }
}
