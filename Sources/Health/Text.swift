import EventLoop

/// What the renderings of a report have in common.
extension [UInt8] {
  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { append(contentsOf: $0) }
  }

  /// Appends the last `count` decimal digits of `value`, which is not negative.
  mutating func append(digits value: Int64, _ count: Int) {
    if count > 1 { append(digits: value / 10, count - 1) }
    append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  /// Appends `value` in decimal.
  mutating func append(decimal value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(magnitude: value.magnitude)
  }

  private mutating func append(magnitude value: UInt64) {
    if value >= 10 { append(magnitude: value / 10) }
    append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  /// Appends `duration` in milliseconds, to the microsecond, without needless zeros: `2`, `1.84`, `0.031`.
  mutating func append(milliseconds duration: Duration) {
    let microseconds = Swift.max(0, duration.nanoseconds) / 1000
    append(decimal: microseconds / 1000)
    let fraction = microseconds % 1000
    if fraction == 0 { return }
    append(UInt8(ascii: "."))
    if fraction % 100 == 0 {
      append(digits: fraction / 100, 1)
    } else if fraction % 10 == 0 {
      append(digits: fraction / 10, 2)
    } else {
      append(digits: fraction, 3)
    }
  }

  /// Appends `text` for an HTML document, as content or as an attribute's value.
  mutating func append(html text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): append("&amp;")
      case UInt8(ascii: "<"): append("&lt;")
      case UInt8(ascii: ">"): append("&gt;")
      case UInt8(ascii: "\""): append("&quot;")
      case UInt8(ascii: "'"): append("&#39;")
      default: append(byte)
      }
    }
  }
}

extension [UInt8] {
  /// Appends the beginning of a page, up to its heading.
  mutating func append(htmlHead status: Status) {
    append(
      """
      <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">\
      <title>Health: 
      """)
    append(contentsOf: status.rawValue.utf8)
    append(
      """
      </title><style>body{font:16px system-ui,sans-serif;margin:2rem;color-scheme:light dark}td,th{text-align:left;\
      padding:.2rem 1rem .2rem 0}.pass{color:#080}.warn{color:#a60}.fail{color:#c00}</style><h1 class=
      """)
    append(contentsOf: status.rawValue.utf8)
    append(">")
    append(contentsOf: status.rawValue.utf8)
    append("</h1>")
  }
}
