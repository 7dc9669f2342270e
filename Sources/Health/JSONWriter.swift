/// Writes one JSON text (RFC 8259), member by member, with the commas where they belong.
///
/// The caller keeps objects and arrays balanced and gives every member of an object a key.
package struct JSONWriter {
  private var bytes: [UInt8] = []
  private var needsComma = false

  /// Appends to `out` what `body` writes.
  package static func append(to out: inout [UInt8], _ body: (inout JSONWriter) -> Void) {
    var json = JSONWriter()
    // The writer holds the buffer meanwhile, so that nothing is copied.
    swap(&json.bytes, &out)
    body(&json)
    swap(&json.bytes, &out)
  }

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// The key of the next member, which needs no escaping.
  package mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(name)
    bytes.append("\":")
    needsComma = false
  }

  /// A key of two parts, of which the first is any text.
  package mutating func key(_ name: String, _ suffix: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    escape(name)
    bytes.append(suffix)
    bytes.append("\":")
    needsComma = false
  }

  package mutating func value(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    escape(text)
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func value(_ flag: Bool) {
    separate()
    bytes.append(flag ? "true" : "false")
  }

  package mutating func value(_ number: Int64) {
    separate()
    bytes.append(decimal: number)
  }

  package mutating func value(_ time: WallTime) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    time.write(into: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// `duration` in milliseconds, to the microsecond.
  mutating func value(milliseconds duration: Duration) {
    separate()
    bytes.append(milliseconds: duration)
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func escape(_ text: String) {
    let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    if isPlain { return bytes.append(contentsOf: text.utf8) }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(#"\""#)
      case UInt8(ascii: "\\"): bytes.append(#"\\"#)
      case 0x0a: bytes.append(#"\n"#)
      case 0x0d: bytes.append(#"\r"#)
      case 0x09: bytes.append(#"\t"#)
      case 0..<0x20:
        bytes.append(#"\u00"#)
        bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
        bytes.append("0123456789abcdef".utf8.dropFirst(Int(byte & 0xf)).first ?? 0)
      default: bytes.append(byte)
      }
    }
  }
}
