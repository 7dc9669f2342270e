/// What is known of a request while its head is being read, and the rules that hold for the head as a whole.
struct RequestFacts: Sendable {
  var known = RequestHead()
  private var framing = Framing()

  /// Takes in one field line.
  mutating func note(
    _ name: FieldName, _ value: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) throws(Rejection) {
    switch name {
    case .accept: known.extents.accept.setIfNone(value)
    case .acceptEncoding: known.extents.acceptEncoding.setIfNone(value)
    case .authorization: known.extents.authorization.setIfNone(value)
    case .scrapeTimeout: known.extents.scrapeTimeout.setIfNone(value)
    case .connection: framing.noteConnection(bytes.slice(value))
    case .contentLength: try framing.noteContentLength(bytes.slice(value))
    case .transferEncoding: try framing.noteTransferEncoding(bytes.slice(value))
    case .expect:
      guard bytes.slice(value).equalsIgnoringCase("100-continue") else { throw .expectationFailed }
      known.expectsContinue = true
    case .host:
      guard known.host == nil else { throw .repeatedHost }
      guard isHost(bytes.slice(value)) else { throw .malformedHost }
      known.extents.host.setIfNone(value)
    }
  }

  /// Draws the conclusions, once all lines have been noted.
  mutating func conclude(_ limits: Limits) throws(Rejection) {
    try framing.check(known.version)
    if framing.isChunked {
      known.body = .chunked
    } else if let length = framing.contentLength, length > 0 {
      guard length <= limits.body else { throw .bodyTooLarge }
      known.body = .length(length)
    }
    known.keepsAlive = framing.keepsAlive(known.version)
    if known.version == .http11 {
      guard known.host != nil else { throw .missingHost }
    } else {
      // RFC 9110 section 10.1.1: an HTTP/1.0 client does not know what 100 means.
      known.expectsContinue = false
    }
  }
}

/// Whether these bytes can be the value of Host: a name or an address, and perhaps a port (RFC 9110 section 7.2).
///
/// An empty one can: a client sends it for a target without an authority.
func isHost(_ value: UnsafeRawBufferPointer) -> Bool {
  var index = 0
  if value.first == UInt8(ascii: "[") {
    index = 1
    while index < value.count, value[index].isInBracketedHost { index += 1 }
    guard index > 1, index < value.count, value[index] == UInt8(ascii: "]") else { return false }
    index += 1
  } else {
    while index < value.count, value[index].isInHost { index += 1 }
  }
  guard index < value.count else { return true }
  guard value[index] == UInt8(ascii: ":") else { return false }
  index += 1
  while index < value.count, value[index].isDigit { index += 1 }
  return index == value.count
}

extension UInt8 {
  /// A character of reg-name in RFC 3986 section 3.2.2: unreserved, sub-delims, and the percent sign of an escape.
  fileprivate var isInHost: Bool {
    switch self {
    case UInt8(ascii: "#"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"): false
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="): true
    default: isToken
    }
  }

  /// A character of an address in brackets, a zone identifier included (RFC 6874).
  fileprivate var isInBracketedHost: Bool {
    self == UInt8(ascii: ":") || isInHost
  }
}
