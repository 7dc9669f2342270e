/// What the fields of a message say about its body's length and about the connection.
struct Framing: Sendable {
  private(set) var contentLength: Int?
  private(set) var isChunked = false
  private var asksToClose = false
  private var asksToKeepAlive = false

  /// Whether the connection goes on after the message (RFC 9112 section 9.3).
  func keepsAlive(_ version: Version) -> Bool {
    !asksToClose && (version == .http11 || asksToKeepAlive)
  }

  /// Refuses a message whose end one reader may see elsewhere than another (RFC 9112 sections 6.1 and 6.3).
  func check(_ version: Version) throws(Rejection) {
    guard isChunked else { return }
    guard contentLength == nil else { throw .contentLengthAndTransferEncoding }
    guard version == .http11 else { throw .transferEncodingInHTTP10 }
  }

  /// Takes in the options of a Connection field.
  mutating func noteConnection(_ value: UnsafeRawBufferPointer) {
    for option in ListElements(value) {
      if option.equalsIgnoringCase("close") { asksToClose = true }
      if option.equalsIgnoringCase("keep-alive") { asksToKeepAlive = true }
    }
  }

  /// Takes in a Transfer-Encoding.
  ///
  /// Only one coding, named once, is taken.
  mutating func noteTransferEncoding(_ value: UnsafeRawBufferPointer) throws(Rejection) {
    guard !isChunked, value.equalsIgnoringCase("chunked") else { throw .unsupportedTransferEncoding }
    isChunked = true
  }

  /// Takes in a Content-Length.
  ///
  /// It may be repeated, in a list too, as long as it is the same number (RFC 9110 section 8.6).
  ///
  /// What does not fit in an `Int` is `Int.max`.
  mutating func noteContentLength(_ value: UnsafeRawBufferPointer) throws(Rejection) {
    for element in ListElements(value) {
      guard let length = Self.decimal(element) else { throw .malformedContentLength }
      guard contentLength == nil || contentLength == length else { throw .conflictingContentLengths }
      contentLength = length
    }
  }

  /// The number that these digits are, `Int.max` where it is larger, or nil where they are not digits only.
  private static func decimal(_ digits: UnsafeRawBufferPointer) -> Int? {
    guard !digits.isEmpty else { return nil }
    var number = 0
    for byte in digits {
      guard byte.isDigit else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(byte &- UInt8(ascii: "0")))
      number = overflow || carry ? .max : sum
    }
    return number
  }
}
