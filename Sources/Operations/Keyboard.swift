/// A key that somebody pressed.
package enum Key: Equatable, Sendable {
  case character(Character)
  case up, down, pageUp, pageDown, enter, escape, backspace
}

/// Makes keys of what a terminal sends.
///
/// A terminal sends all of a key's sequence at once, so an escape with nothing behind it is the key of that name.
package struct Keyboard: Sendable {
  private var pending: [UInt8] = []

  package init() {}

  /// The keys in `bytes`; a character of several bytes may come in pieces.
  package mutating func keys(in bytes: some Sequence<UInt8>) -> [Key] {
    pending += bytes
    var keys: [Key] = []
    while let first = pending.first {
      if first == 0x1B {
        keys += [sequence()].compactMap { $0 }
        continue
      }
      let length = Keyboard.length(first)
      if pending.count < length { break }
      let text = String(decoding: pending.prefix(length), as: UTF8.self)
      pending.removeFirst(length)
      switch first {
      case 0x0D, 0x0A: keys.append(.enter)
      case 0x7F, 0x08: keys.append(.backspace)
      case 0..<0x20: break
      default: if let character = text.first { keys.append(.character(character)) }
      }
    }
    return keys
  }

  /// Takes an escape and what belongs to it; nil for a key that means nothing here.
  private mutating func sequence() -> Key? {
    guard pending.count > 1, pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else {
      pending.removeFirst()
      return .escape
    }
    // ECMA-48: parameters and intermediates, then a final byte.
    guard let end = pending.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else {
      pending = []
      return nil
    }
    let body = String(decoding: pending[2...end], as: UTF8.self)
    pending.removeFirst(end + 1)
    switch body {
    case "A": return .up
    case "B": return .down
    case "5~": return .pageUp
    case "6~": return .pageDown
    default: return nil
    }
  }

  /// How many bytes a character has that begins with `byte`.
  private static func length(_ byte: UInt8) -> Int {
    switch byte {
    case 0xC0..<0xE0: 2
    case 0xE0..<0xF0: 3
    case 0xF0..<0xF8: 4
    default: 1
    }
  }
}
