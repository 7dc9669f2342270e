/// The methods of RFC 9110 section 9 and PATCH (RFC 5789).
///
/// Any other token is unknown, which is 501.
package enum Method: CaseIterable, Sendable {
  case get
  case head
  case options
  case post
  case put
  case delete
  case patch
  case trace
  case connect

  /// The method's token.
  ///
  /// Methods are case-sensitive.
  package var name: StaticString {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .options: "OPTIONS"
    case .post: "POST"
    case .put: "PUT"
    case .delete: "DELETE"
    case .patch: "PATCH"
    case .trace: "TRACE"
    case .connect: "CONNECT"
    }
  }

  /// The method of this token, or nil for one that is none of ours.
  init?(_ token: UnsafeRawBufferPointer) {
    let (first, second): (Method, Method)
    switch token.count {
    case 3: (first, second) = (.get, .put)
    case 4: (first, second) = (.head, .post)
    case 5: (first, second) = (.patch, .trace)
    case 6: (first, second) = (.delete, .delete)
    case 7: (first, second) = (.options, .connect)
    default: return nil
    }
    if token.equals(first.name) {
      self = first
    } else if token.equals(second.name) {
      self = second
    } else {
      return nil
    }
  }
}
