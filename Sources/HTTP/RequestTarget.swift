/// The target of a request, taken apart (RFC 9112 section 3.2).
///
/// It points into the buffer that was parsed.
package struct RequestTarget {
  package enum Form: Sendable {
    /// A path, and perhaps a query.
    case origin
    /// A whole URI, as sent to a proxy.
    ///
    /// Its authority stands in for Host and is not looked at.
    case absolute
    /// A host and port, for CONNECT only.
    ///
    /// Path and query are empty.
    case authority
    /// `*`, for OPTIONS only.
    ///
    /// The path is `*`.
    case asterisk
  }

  package let form: Form
  /// The path as sent, with its escapes.
  package let rawPath: UnsafeRawBufferPointer
  /// The query as sent, without the question mark; empty where there is none.
  package let rawQuery: UnsafeRawBufferPointer
  /// Whether the path is as sent: the common case, for which the caller has the code of `withPath` in line.
  @usableFromInline let isLiteral: Bool

  /// Takes apart the bytes of `RequestHead.target`.
  package init(_ target: UnsafeRawBufferPointer) {
    var rest = target
    if rest.first == UInt8(ascii: "/") {
      form = .origin
    } else if let authority = Self.lengthOfScheme(target) {
      form = .absolute
      let start = target[authority...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
      rest = target.slice((start ?? target.count)..<target.count)
    } else {
      form = target.equals("*") ? .asterisk : .authority
      if form == .authority { rest = target.slice(0..<0) }
    }
    (rawPath, rawQuery) = rest.cut(at: UInt8(ascii: "?"))
    isLiteral = rawPath.index(of: UInt8(ascii: "%")) == nil && !(form == .absolute && rawPath.isEmpty)
  }

  /// Calls `body` with the path, its escapes decoded.
  ///
  /// `%2F` becomes a slash like any other. The path of a URI that has none is `/`.
  ///
  /// Nothing is copied unless there is an escape.
  @inlinable
  package func withPath<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    isLiteral ? body(rawPath) : withDecodedPath(body)
  }

  @usableFromInline
  func withDecodedPath<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeTemporaryAllocation(byteCount: max(1, rawPath.count), alignment: 1) { copy in
      var count = 0
      var decoder = PercentDecoder(rawPath, plusIsSpace: false)
      while let byte = decoder.next() {
        copy[count] = byte
        count += 1
      }
      if count == 0, form == .absolute {
        copy[0] = UInt8(ascii: "/")
        count = 1
      }
      return body(UnsafeRawBufferPointer(rebasing: copy[..<count]))
    }
  }

  /// The parameters of the query in order.
  package var query: Query { Query(rawQuery) }

  /// The length of `http://` or `https://` where the target starts so.
  private static func lengthOfScheme(_ target: UnsafeRawBufferPointer) -> Int? {
    if target.count >= 7, target.slice(0..<7).equalsIgnoringCase("http://") { return 7 }
    if target.count >= 8, target.slice(0..<8).equalsIgnoringCase("https://") { return 8 }
    return nil
  }

  /// Refuses what is no target for this method, or has a malformed escape, an escaped NUL, or a fragment.
  ///
  /// The bytes are known to be visible ASCII.
  @inline(__always)
  static func validate(_ target: UnsafeRawBufferPointer, for method: Method?) throws(Rejection) {
    var isPlain = target.first == UInt8(ascii: "/")
    for byte in target where byte == UInt8(ascii: "%") || byte == UInt8(ascii: "#") { isPlain = false }
    if !isPlain || method == .connect { try validateSlowly(target, for: method) }
  }

  private static func validateSlowly(_ target: UnsafeRawBufferPointer, for method: Method?) throws(Rejection) {
    guard !target.contains(UInt8(ascii: "#")) else { throw .malformedTarget }
    for (index, byte) in target.enumerated() where byte == UInt8(ascii: "%") {
      guard index + 2 < target.count, let high = target[index + 1].hexValue, let low = target[index + 2].hexValue,
        high | low != 0
      else { throw .malformedEscape }
    }
    guard !target.isEmpty else { throw .malformedTarget }
    // Of an unknown method it is not known which forms it takes.
    guard let method else { return }
    switch RequestTarget(target).form {
    case .origin, .absolute:
      guard method != .connect else { throw .malformedTarget }
    case .asterisk:
      guard method == .options else { throw .malformedTarget }
    case .authority:
      guard method == .connect, isHost(target) else { throw .malformedTarget }
    }
  }
}
