/// One reply of the Redis protocol, version 2.
package enum Reply: Hashable, Sendable {
  /// A simple string: `OK`, `PONG`.
  case status(String)
  /// The server's refusal of one command: `NOAUTH Authentication required.`
  case error(String)
  case integer(Int64)
  /// A string of any bytes.
  case bulk([UInt8])
  case array([Reply])
  case null

  /// A status or bulk string, its UTF-8 repaired; nil for every other kind.
  package var text: String? {
    switch self {
    case .status(let text): text
    case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
    default: nil
    }
  }

  /// An integer reply's value; nil for every other kind.
  package var integer: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// An array's elements; nil for every other kind.
  package var elements: [Reply]? {
    if case .array(let elements) = self { elements } else { nil }
  }
}
