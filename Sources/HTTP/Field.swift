/// One field line of a message.
package struct Field: Equatable, Sendable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// Field lines as they are sent: written once, and copied into every message that has them.
package struct FieldBlock: Equatable, Sendable, ExpressibleByArrayLiteral {
  let bytes: [UInt8]

  /// The lines of these fields, in order.
  ///
  /// Control characters become spaces, so that no value, whatever it comes from, can end its line and start another.
  package init(_ fields: [Field]) {
    var bytes: [UInt8] = []
    for field in fields {
      bytes.append(sanitized: field.name)
      bytes.append(text: ": ")
      bytes.append(sanitized: field.value)
      bytes.append(text: "\r\n")
    }
    self.bytes = bytes
  }

  package init(arrayLiteral fields: Field...) {
    self.init(fields)
  }
}
