/// A request's target: a path and a query, percent-encoded.
struct Target {
  private(set) var text: String

  /// `path` is taken as it is.
  init(_ path: String, _ query: KeyValuePairs<String, String>) {
    text = path
    for (index, pair) in query.enumerated() {
      text += index == 0 ? "?" : "&"
      text += Target.encode(pair.key) + "=" + Target.encode(pair.value)
    }
  }

  /// Leaves only what RFC 3986 calls unreserved.
  private static func encode(_ value: String) -> String {
    var encoded: [UInt8] = []
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        encoded.append(byte)
      default:
        let hexadecimal = String(byte, radix: 16, uppercase: true)
        encoded.append(contentsOf: (hexadecimal.count == 1 ? "%0" : "%").utf8)
        encoded.append(contentsOf: hexadecimal.utf8)
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}
