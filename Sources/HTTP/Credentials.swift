/// What a client shows to be let in: the value of Authorization (RFC 9110 section 11.6.2).
package enum Credentials: Equatable, Sendable {
  /// A token, by RFC 6750 section 2.1.
  case bearer([UInt8])
  /// A user and a password, by RFC 7617.
  case basic(user: [UInt8], password: [UInt8])

  /// Nil for another scheme, and where the value is malformed.
  package init?(_ value: UnsafeRawBufferPointer) {
    let (scheme, rest) = value.cut(at: ASCII.space)
    let token = rest.trimmed()
    if scheme.equalsIgnoringCase("bearer"), !token.isEmpty {
      self = .bearer(Array(token))
    } else if scheme.equalsIgnoringCase("basic"), let pair = base64Decoded(token),
      // A user's name has no colon; a password may.
      let colon = pair.firstIndex(of: UInt8(ascii: ":"))
    {
      self = .basic(user: Array(pair[..<colon]), password: Array(pair[(colon + 1)...]))
    } else {
      return nil
    }
  }

  /// The bearer token, or the password whatever the user.
  private var secret: [UInt8] {
    switch self {
    case .bearer(let token): token
    case .basic(_, let password): password
    }
  }

  /// Whether the token or the password, of whatever user, is `secret`.
  ///
  /// How long it takes tells whether the length is right, and nothing else.
  package func prove(_ secret: [UInt8]) -> Bool {
    let given = self.secret
    guard given.count == secret.count else { return false }
    // No early end: that would tell how many of the first bytes are right.
    return zip(given, secret).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

/// The bytes that base64 (RFC 4648 section 4) stands for, with or without padding; nil where it is not that.
private func base64Decoded(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
  var bytes: [UInt8] = []
  var (bits, count): (UInt32, Int) = (0, 0)
  var digits = 0
  for byte in text {
    if byte == UInt8(ascii: "=") { break }
    guard let digit = base64Digit(byte) else { return nil }
    bits = bits << 6 | UInt32(digit)
    count += 6
    digits += 1
    if count >= 8 {
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
    }
  }
  let padding = text.count - digits
  let isPadded = padding == 0 || (padding <= 2 && text.count % 4 == 0)
  // A single digit of a group holds no byte; what a last one holds beyond its bytes is zero.
  guard isPadded, digits % 4 != 1, bits & (1 << UInt32(count) - 1) == 0 else { return nil }
  return text[digits...].allSatisfy { $0 == UInt8(ascii: "=") } ? bytes : nil
}

private func base64Digit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
  case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
  case UInt8(ascii: "+"): 62
  case UInt8(ascii: "/"): 63
  default: nil
  }
}
