/// Writes the heads of requests.
package enum RequestWriter {
  /// Appends a head to `output`, the empty line included.
  ///
  /// The target is in origin-form, its escapes in place; bytes that may not be in a target are escaped. `host` is a
  /// name or address, with the port where it is not the scheme's own. Control characters in it become spaces.
  package static func append(
    _ method: Method, target: String, host: String, fields: FieldBlock = [], to output: inout [UInt8]
  ) {
    output.append(text: method.name)
    output.append(ASCII.space)
    for byte in target.utf8 {
      if byte > ASCII.space && byte < ASCII.delete {
        output.append(byte)
      } else {
        let digits: StaticString = "0123456789ABCDEF"
        output.append(UInt8(ascii: "%"))
        output.append(digits.utf8Start[Int(byte >> 4)])
        output.append(digits.utf8Start[Int(byte & 0xF)])
      }
    }
    output.append(text: " HTTP/1.1\r\nHost: ")
    output.append(sanitized: host)
    output.append(text: "\r\n")
    output.append(contentsOf: fields.bytes)
    output.append(text: "\r\n")
  }
}
