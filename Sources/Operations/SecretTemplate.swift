/// A text with names of secrets in it, as in `redis://:${redis_password}@redis:6379/0`.
///
/// `$$` stands for a dollar sign.
struct SecretTemplate: Equatable, Sendable {
  private enum Piece: Equatable {
    case text(String)
    case name(String)
  }

  private var pieces: [Piece] = []
  /// Whether values have to be written as a URL wants them.
  private let isURL: Bool

  /// - Throws: `usage` where a `${` has no end.
  init(_ text: String) throws(OperationError) {
    isURL = text.contains("://")
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      pieces.append(.text(String(rest[..<dollar])))
      rest = rest[rest.index(after: dollar)...]
      if rest.hasPrefix("{") {
        guard let end = rest.firstIndex(of: "}") else {
          throw OperationError(.usage, "a template of a secret has a ${ without an end")
        }
        pieces.append(.name(String(rest[rest.index(after: rest.startIndex)..<end])))
        rest = rest[rest.index(after: end)...]
      } else {
        pieces.append(.text("$"))
        if rest.hasPrefix("$") { rest.removeFirst() }
      }
    }
    pieces.append(.text(String(rest)))
  }

  /// The names in it, in their order.
  var names: [String] {
    pieces.compactMap { if case .name(let name) = $0 { name } else { nil } }
  }

  /// The text with the values of its names, percent-encoded where it is a URL; a name without a value stays empty.
  func filled(_ value: (String) -> [UInt8]?) -> [UInt8] {
    pieces.flatMap { piece -> [UInt8] in
      switch piece {
      case .text(let text): Array(text.utf8)
      case .name(let name): isURL ? SecretTemplate.encoded(value(name) ?? []) : value(name) ?? []
      }
    }
  }

  /// Leaves what RFC 3986 calls unreserved.
  private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        [byte]
      default: Array("%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))".utf8)
      }
    }
  }
}
